"""Make the sample authority Exampleshire: ``python sample_data/make_exampleshire.py [--out DIR]``.

Everything comes from one fixed seed, so that the same version of this maker gives the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from exampleshire_maker.make import write_exampleshire


def main() -> None:
    """Write the files into the folder that was asked for, or over the committed sample."""
    parser = argparse.ArgumentParser(description="Make the sample authority Exampleshire.")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("exampleshire"), metavar="DIR")
    write_exampleshire(parser.parse_args().out)


if __name__ == "__main__":
    main()
