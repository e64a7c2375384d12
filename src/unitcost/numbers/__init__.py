"""Exact arithmetic: amounts, months, estimates, and how they are split. Knows no other room but errors."""
