"""What a company writes down for the program: report.toml, allocation.toml, and FOCUS's names."""
