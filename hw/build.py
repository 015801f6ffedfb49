"""``python -m hw.build``: a code or a spec to Verilog, with everything that later steps need."""

import argparse
import dataclasses
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hw.lib.target import NAMES as TARGETS
from hw.lib.target import PORTABLE
from hw.record import FILE, BuildRecord
from model import cli
from model.asides import aside, in_turn
from model.errors import InputError
from model.files import write_atomic
from model.printable import one_line

_EXAMPLE = """examples:
  python -m hw.build --code qc_ldpc
  python -m hw.build --code wifi_648_r12 --out build/small --slots 2
  python -m hw.build --code qc_ldpc --target ecp5 --out build/qc_ldpc_ecp5
  python -m hw.build --code qc_ldpc --cores 4 --out build/qc_ldpc_4cores
  python -m hw.build --code qc_ldpc --cores 4 --order tagged --out build/qc_ldpc_tagged
  python -m hw.build --code qc_ldpc --lanes 6 --out build/qc_ldpc_lanes6
  python -m hw.build --code my_code.alist --json
  python -m hw.build --spec my_spec.json --bits-per-beat 32
  python -m hw.build --code qc_ldpc_flooding
  python -m hw.build --code wifi_648_r12 --architecture flooding --out build/flooding
  python -m hw.build --code bch_31_16 --form unrolled --out build/unrolled
  python -m hw.build --code mimo_precoder_32x4 --form unfolded --out build/unfolded
"""


def build(
    source,
    out: str | Path | None = None,
    options: dict | None = None,
    architecture: str | None = None,
) -> dict:
    """Write NAME.v, spec.json, build.json and a C model; return build.json's content
    (:class:`hw.record.BuildRecord`): names of files, not paths.

    Parameters
    ----------
    source : a spec, e.g. from ``hw.sources.spec_for``
    out : folder, ``build/NAME`` when None
    options : build choices of the spec's kind by name; defaults where absent
    architecture : of a decoder (``hw.kinds.of``)

    Raises ``InputError`` for an option out of range or a folder that cannot be written; then the
    folder is as it was.
    """
    from hw import emit, kinds

    started = time.monotonic()
    kind = kinds.of(source, architecture)
    chosen = _chosen(kind, source.kind, options or {})
    out = Path(out) if out is not None else Path("build") / source.name
    model = kind.model_sources(source) if hasattr(kind, "model_sources") else {}
    _check_folder(out, (f"{source.name}.v", "spec.json", FILE, *model))
    component = kind.component(source, chosen)
    text = emit.verilog_text(component, source.name)
    content = {
        "name": source.name,
        "kind": source.kind,
        "top": source.name,
        "verilog": f"{source.name}.v",
        "verilog_sha": hashlib.sha256(text.encode()).hexdigest(),
        "spec": "spec.json",
        "spec_sha": source.sha,
        "c_model": list(model),
        "options": dataclasses.asdict(component.options),
        "ports": emit.port_table(component),
        "seconds": round(time.monotonic() - started, 2),
        **kind.facts(component),
    }
    record = BuildRecord.from_json(content, str(out / FILE)).to_json()
    _write_together(
        out,
        {
            f"{source.name}.v": text,
            "spec.json": source.to_json(),
            **model,
            FILE: json.dumps(record, indent=2) + "\n",
        },
    )
    return record


def _chosen(kind, name: str, options: dict):
    """The kind's options; ``InputError`` for one that it does not have."""
    known = [field.name for field in dataclasses.fields(kind.OPTIONS)]
    for option, value in options.items():
        if option not in known:
            shown = ", ".join(f"--{name.replace('_', '-')}" for name in known)
            raise InputError(
                f"--{option.replace('_', '-')} {value}: not an option of kind {name!r}, "
                f"which has {shown}"
            )
    return kind.OPTIONS(**options)


def _check_folder(out: Path, names: Sequence[str]) -> None:
    """Find out before the long part whether the result can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from error
    for name in names:
        if (out / name).is_dir():
            raise InputError(f"{out / name}: cannot be written: Is a directory")


def _write_together(out: Path, contents: dict[str, str]) -> None:
    """All files or none: they are written aside first, and only renamed at the end.

    Of two builds at once, the folder holds all of one. build.json is the last: its hashes tell
    what a kill between two renames leaves from a whole build.
    """
    with aside(out, ".writing-") as folder:
        for name, content in contents.items():
            write_atomic(folder / name, content)
        with in_turn(out / FILE):
            try:
                for name in contents:
                    os.replace(folder / name, out / name)
            except OSError as error:
                raise InputError(f"{out}: cannot be written: {error.strerror}") from error


def _for_people(record: dict, out: Path) -> dict:
    """The record with paths in place of file names."""
    paths = {name: str(out / record[name]) for name in ("verilog", "spec")}
    paths["c_model"] = [str(out / name) for name in record["c_model"]]
    return record | paths | {"out": str(out)}


def _options(arguments: argparse.Namespace) -> dict:
    general = ("code", "spec", "architecture", "out", "list", "json")
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    return {name: value for name, value in given.items() if name not in general}


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser(
        prog="python -m hw.build",
        description="Emit Verilog for a code or a spec.",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "--code",
        metavar="NAME|FILE",
        help="a preset or catalogue name (--list), or a file: .alist, .qc, exponents or spec .json",
    )
    parser.add_argument("--spec", metavar="FILE", help="build this spec instead of a code's own")
    parser.add_argument("--out", metavar="DIR", help="folder for the result (default build/NAME)")
    parser.add_argument("--list", action="store_true", help="list the names that --code takes")
    parser.add_argument(
        "--architecture",
        help="of a decoder. layered: block rows in turn, each on the sums that the one before left "
        "(default for codes with block structure); flooding: block rows in turn, all on the sums "
        "of the iteration before; direct: every edge a wire (default for all others)",
    )
    decoder = parser.add_argument_group("decoders")
    decoder.add_argument(
        "--slots", type=int, help="frames decoded at once (default 3), with --lanes groups (2)"
    )
    decoder.add_argument("--input-regions", type=int, help="frames buffered before (default 4+)")
    decoder.add_argument("--output-regions", type=int, help="frames buffered behind (default 4+)")
    decoder.add_argument(
        "--llrs-per-beat", type=int, help="LLR bytes in s_axis_tdata (default 4, more if needed)"
    )
    decoder.add_argument(
        "--bits-per-beat", type=int, help="width of m_axis_tdata (default 8, more if needed)"
    )
    decoder.add_argument(
        "--fifo",
        help="layered, flooding: block (default) or distributed: RAM of look-up tables between "
        "the halves",
    )
    decoder.add_argument(
        "--cores", type=int, help="decoders behind one pair of streams (default 1)"
    )
    decoder.add_argument(
        "--order",
        help="with several cores: kept, results in the order of the input (default), or tagged, "
        "each as soon as it is there, with its frame's number modulo 256 on top of m_axis_tuser",
    )
    decoder.add_argument(
        "--lanes", type=int,
        help="layered: lanes of a frame, Z or a divisor P of the lifting size Z; Z/P frames "
        "are then decoded in lock-step, which takes a narrower rotator and waits for a group of "
        "frames (default: Z, each frame by itself)",
    )  # fmt: skip
    decoder.add_argument(
        "--turned-bits", type=int,
        help="layered, flooding: bits of an APP value that block RAM holds in two orientations, "
        "instead of a look-up table a lane and bit (default: all with --target ecp5 and one core, "
        "else 0)",
    )  # fmt: skip
    decoder.add_argument(
        "--target",
        help=f"layered, flooding: what its blocks are made of, {' or '.join(TARGETS)} "
        f"(default {PORTABLE}); same ports, same bits",
    )
    direct = parser.add_argument_group("direct decoders and precoders")
    direct.add_argument(
        "--form",
        help="direct: iterated (default) or unrolled, a copy of the logic for every iteration; "
        "precoder: folded, one array for all rounds (default), or unfolded, one for each round",
    )
    direct.add_argument(
        "--stages", type=int, help="direct: cycles of an iteration, 2 to 9 (default 2, 5, 7 or 9)"
    )
    direct.add_argument(
        "--oversize", action="store_true", default=None,
        help="direct: build what the target device cannot hold",
    )  # fmt: skip
    precoder = parser.add_argument_group("precoders")
    precoder.add_argument(
        "--output", help="bits: two an antenna (default); iq: +-amplitude as int16 pairs"
    )
    precoder.add_argument("--amplitude", type=int, help="of --output iq (default 16384)")
    precoder.add_argument(
        "--writable", action="store_true", default=None,
        help="coefficients of the rounds can be written at run time (default: hard-wired)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object as last line")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    from hw import sources

    if arguments.list:
        print(sources.listing())
        if arguments.json:
            cli.print_json(sources.names())
        return 0
    if arguments.code is None and arguments.spec is None:
        parser.error("--code or --spec is needed (--list shows the names)")
    spec = sources.spec_for(arguments.code, arguments.spec, arguments.architecture)
    print(f"building {spec.name}: {sources.describe(spec)}", file=sys.stderr)
    for remark in sources.remarks(spec):
        print(remark, file=sys.stderr)
    out = Path(arguments.out) if arguments.out is not None else Path("build") / spec.name
    record = build(spec, out, _options(arguments), arguments.architecture)
    record = _for_people(record, out)
    print(f"{one_line(record['verilog'])} written in {record['seconds']} s")
    print(f"spec {record['spec_sha'][:12]}, {record['cycles_per_frame_full']:.1f} cycles a frame")
    if arguments.json:
        cli.print_json(record)
    return 0


if __name__ == "__main__":
    cli.run(main)
