"""Run the command line as ``python -m placeplan``."""

from placeplan.cli import main

if __name__ == "__main__":
    main()
