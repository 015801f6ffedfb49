"""``python -m sim.peers``: speed of a C model beside other open programs, as its family does it."""

import sys
from collections.abc import Sequence

from model import cli
from quant import sources


def main(argv: Sequence[str] | None = None) -> int:
    """Measure as the family of ``--code`` does; the default is a decoder."""
    return sources.hand_over("peers", sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    cli.run(main)
