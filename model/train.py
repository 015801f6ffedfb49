"""``python -m model.train``: train an unfolded algorithm, of whichever family ``--code`` names."""

import sys
from collections.abc import Sequence

from model import cli, families


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the command line to the family's own training."""
    argv = sys.argv[1:] if argv is None else list(argv)
    return families.need(families.of_code(cli.value_of("--code", argv)), "train")(argv)


if __name__ == "__main__":
    cli.run(main)
