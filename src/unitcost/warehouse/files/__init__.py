"""Which files there are, what they hold, and how a table of texts is read without a loss."""
