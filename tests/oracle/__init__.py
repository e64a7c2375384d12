"""A second, slow and plain computation of the spend, user, unit cost and allocation findings."""
