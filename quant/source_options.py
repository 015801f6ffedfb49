"""``--spec NAME|FILE`` and ``--code NAME|FILE``: the same in every command that measures a spec."""

import argparse

from model import code_file
from model.errors import InputError
from quant.sources import spec_for


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add both, and what goes with a code file."""
    parser.add_argument("--spec", metavar="NAME|FILE", help="a preset or a spec file")
    parser.add_argument(
        "--code", metavar="NAME|FILE",
        help="a preset, a catalogue name or a code file: the spec that it has, or its default one; "
        "several with commas between: one decoder for all",
    )  # fmt: skip
    code_file.add_options(parser)


def check(args: argparse.Namespace) -> None:
    """``InputError`` unless one is given."""
    if args.code is None and args.spec is None:
        raise InputError("--spec or --code is needed")


def chosen(args: argparse.Namespace, architecture: str | None = None):
    """The spec that they name, of the ``architecture`` if one is asked for."""
    check(args)
    return spec_for(code_file.named(args.code, args), args.spec, architecture)
