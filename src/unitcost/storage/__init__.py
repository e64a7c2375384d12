"""Locks, folders and files that are whole or not there, and answers that are kept."""
