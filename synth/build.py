"""``unfoldhw build``: a code or a spec to a build folder with all that an integrator needs."""

from collections.abc import Sequence

import hw.build
from model import cli
from synth import package


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of :mod:`hw.build`, with :mod:`synth.package` beside the Verilog."""
    return hw.build.main(argv, beside=package.files)


if __name__ == "__main__":
    cli.run(main)
