"""Bills to spend by month, and single rows of them for questions that the marts do not answer."""
