"""`python -m unitcost` is the same as `unitcost`."""

from unitcost.cli import main

if __name__ == "__main__":
    main()
