"""``python -m sim.ber --code mimo_precoder``: error rates of a system beside those of others."""

import sys
from collections.abc import Sequence

from model import cli, families
from quant import sources


def main(argv: Sequence[str] | None = None) -> int:
    """Measure as the family that ``--code`` names does, or the first one that can."""
    argv = sys.argv[1:] if argv is None else list(argv)
    if cli.value_of("--code", argv) is None:
        for family in families.families().values():
            found = families.find(family, "ber")
            if found is not None:
                return found(argv)
    return sources.hand_over("ber", argv)


if __name__ == "__main__":
    cli.run(main)
