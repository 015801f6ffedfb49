"""``python -m quant.density``: the command of the family that the command line names."""

import sys
from collections.abc import Sequence

from model import cli
from quant.sources import hand_over


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the command line to the family's own command."""
    return hand_over("density", sys.argv[1:] if argv is None else list(argv))


if __name__ == "__main__":
    cli.run(main)
