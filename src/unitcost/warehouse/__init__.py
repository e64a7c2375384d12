"""A company's files to marts: monthly tables that all analyses rest on."""
