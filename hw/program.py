"""``python -m hw.program``: a code for a decoder that was built without it, as bytes to write."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hw.record import FILE, read_record, spec_of, work_folder
from model import cli, code_file, families
from model.errors import InputError
from model.files import checked_file_name, write_atomic

_ABOUT = """Make the program of a code for a decoder that takes such (hw.build --programs N).

Written are NAME.bin, what the decoder's port s_axis_program takes, a byte a beat with tlast on the
last one, and NAME.json, the code's spec. The decoder checks length, build and CRC, and then decodes
the code by its number. sim.cosim of the folder proves it with the programs that lie in
DIR/programs."""
_EXAMPLE = """examples:
  python -m hw.build --code wifi_1296_r12,wifi_1296_r56 --programs 2 --out build/two
  python -m hw.program --build build/two --code wifi_1296_r23
  python -m hw.program --build build/two --code my_code.alist --place 1 --json
"""
FOLDER = "programs"
"""In a build folder."""


@dataclass(frozen=True)
class Program:
    """What a family makes of a code.

    content : bytes for the decoder
    number : the code's number there
    spec : of the code, as the decoder has it
    """

    content: bytes
    number: int
    spec: object


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = cli.Parser(prog="python -m hw.program", description=_ABOUT, epilog=_EXAMPLE)
    parser.add_argument("--build", required=True, metavar="DIR", help="folder from hw.build")
    parser.add_argument("--code", metavar="NAME|FILE", help="as for hw.build")
    code_file.add_options(parser)
    parser.add_argument("--spec", metavar="FILE", help="a spec instead of a code's own")
    parser.add_argument(
        "--place", type=int, default=0, metavar="N", help="for which place (default 0)"
    )
    parser.add_argument(
        "--out", metavar="FILE", help="file of the bytes (default DIR/programs/PLACE.bin)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as last line")
    return _run(parser, parser.parse_args(argv))


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    if arguments.code is None and arguments.spec is None:
        parser.error("--code or --spec is needed")
    folder = Path(arguments.build)
    record = read_record(folder, ("kind", "spec", "spec_sha"))
    family = families.of_kind(record["kind"], str(folder / FILE))
    program = families.need(family, "program")
    spec = spec_of(folder, record)
    code = code_file.named(arguments.code, arguments)
    found = program(spec, record, arguments.place, code, arguments.spec)
    if arguments.out:
        out = checked_file_name(Path(arguments.out), "--out")
        if out.suffix == ".json":
            raise InputError(f"--out {out}: the code's spec goes to that name; give the bytes one "
                             "that ends in .bin")  # fmt: skip
    else:
        out = work_folder(folder, FOLDER) / f"{arguments.place}.bin"
    write_atomic(out, found.content)
    write_atomic(out.with_suffix(".json"), found.spec.to_json())
    print(f"{out}: {len(found.content)} bytes for s_axis_program; {found.spec.code.name} is code "
          f"{found.number} then")  # fmt: skip
    if arguments.json:
        cli.print_json({"file": str(out), "bytes": len(found.content), "code": found.number,
                        "place": arguments.place, "spec_sha": found.spec.sha})  # fmt: skip
    return 0


if __name__ == "__main__":
    cli.run(main)
