"""What the software costs to run, measured as ratios: `.venv/bin/python -m benchmarks --help`."""
