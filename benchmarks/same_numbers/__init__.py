"""`python -m benchmarks same-numbers`: two checkouts compute the same, or the first difference is named."""
