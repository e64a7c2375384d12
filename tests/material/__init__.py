"""What stands between the tests: companies, bills, sets and places that more than one of them uses."""
