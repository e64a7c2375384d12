"""Infrastructure cost per user: bills and usage in, role reports out."""

__version__ = "0.1.0"
