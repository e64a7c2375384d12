"""The second reader: the totals of the bills once more, by code that shares nothing with the first but errors."""
