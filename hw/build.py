"""``python -m hw.build``: a code or a spec to Verilog, with everything that later steps need.

``unfoldhw build`` is :mod:`synth.build`, which also writes what an integrator needs.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hw import registers
from hw.folder import no_folders, sha_of, write_together
from hw.options import add_arguments, named
from hw.record import FILE, BuildRecord
from model import cli, code_file, families
from model.files import folder_made
from model.printable import one_line
from model.stage import stage
from model.version import VERSION
from quant import kinds

_ABOUT = """Emit Verilog for a code or a spec, into a folder that may be moved.

Written are NAME.v (one top module), spec.json (what decides every bit), NAME_cmodel.cpp and .h (the
C model) and build.json (the record: ports, options, rates, hashes)."""
_BESIDE = """

Beside them, unless --bare is given:
  README.txt            what each file is
  datasheet.html        ports, timing, throughput, error rate, area, on one page
  tb/                   self-checking testbench in Verilog, vectors of golden, C++ driver, Makefile
  constraints/          the clock as .xdc, .sdc, .pdc, .lpf
  cmodel/               Makefile of the C model
  NAME_registers.h      with --registers: for C;  NAME_registers.rdl: their description in SystemRDL
  NAME.core             for FuseSoC;  NAME_litex.py: for LiteX
  component.xml         for Vivado's IP catalogue;  package_ip.tcl: made by Vivado itself"""
_EXAMPLE = """examples:
  python -m hw.build --code qc_ldpc
  python -m hw.build --code wifi_648_r12 --out build/small --slots 2
  python -m hw.build --code qc_ldpc --target ecp5 --out build/qc_ldpc_ecp5
  python -m hw.build --code qc_ldpc --cores 4 --out build/qc_ldpc_4cores
  python -m hw.build --code qc_ldpc --cores 4 --order out-of-order --out build/qc_ldpc_tagged
  python -m hw.build --code qc_ldpc --lanes 6 --out build/qc_ldpc_lanes6
  python -m hw.build --code qc_ldpc --output information --out build/qc_ldpc_information
  python -m hw.build --code qc_ldpc --registers --out build/qc_ldpc_registers
  python -m hw.build --code my_code.alist --json
  python -m hw.build --spec my_spec.json --bits-per-beat 32
  python -m hw.build --code qc_ldpc_flooding
  python -m hw.build --code wifi_648_r12 --architecture flooding --out build/flooding
  python -m hw.build --code bch_31_16 --form unrolled --out build/unrolled
  python -m hw.build --code mimo_precoder_32x4 --form unfolded --out build/unfolded
"""

Beside = Callable[[object, dict, str, bool], Mapping[str, str]]
"""Spec, record, Verilog and whether to reuse -> path in the folder to text."""


def build(
    source,
    out: str | Path | None = None,
    options: dict | None = None,
    architecture: str | None = None,
    reuse: bool = False,
    beside: Beside | None = None,
) -> dict:
    """Write NAME.v, spec.json, build.json and a C model; return build.json's content
    (:class:`hw.record.BuildRecord`): names of files, not paths.

    Parameters
    ----------
    source : a spec, e.g. from ``quant.sources.spec_for``
    out : folder, ``build/NAME`` when None
    options : build choices of the spec's kind by name; defaults where absent
    architecture : of a decoder (:func:`quant.sources.spec_for`)
    reuse : take Verilog that was made of the same (:mod:`hw.design`)
    beside : makes further files of spec, record, Verilog and ``reuse``: path in the folder to text
        (:mod:`synth.package`); build.json lists them with their hashes

    Raises ``InputError`` for an option out of range or a folder that cannot be written; then the
    folder is as it was.
    """
    chosen = _chosen(source, options or {}, architecture)
    return _build(source, out, *chosen, architecture, reuse, beside)


def _chosen(source, options: dict, architecture: str | None) -> tuple:
    """Engine and its options, checked before anything is said or made."""
    from hw import engines

    kind = engines.of(source, architecture)
    chosen = named(kind.OPTIONS, options, f"kind {source.kind!r}")
    chosen.resolved(source)
    if chosen.registers:
        registers.check_installed()
    return kind, chosen


def _build(source, out, kind, chosen, architecture, reuse: bool, beside: Beside | None) -> dict:
    from hw.design import design

    started = time.monotonic()
    c_model = families.find(kinds.family_of(source), "c_model")
    out = Path(out) if out is not None else Path("build") / source.name
    model = c_model(source) if c_model else {}
    with folder_made(out):
        no_folders(out, (f"{source.name}.v", "spec.json", FILE, *model))
        with stage(f"{source.name}.v", brief=True):
            text, facts = design(source, kind, architecture, chosen, reuse)
        content = {
            "version": VERSION,
            "name": source.name,
            "kind": source.kind,
            "top": source.name,
            "verilog": f"{source.name}.v",
            "verilog_sha": hashlib.sha256(text.encode()).hexdigest(),
            "spec": "spec.json",
            "spec_sha": source.sha,
            "c_model": list(model),
            "seconds": round(time.monotonic() - started, 2),
            **facts,
        }
        record = BuildRecord.from_json(content, str(out / FILE)).to_json()
        extras: Mapping[str, str] = {}
        if beside is not None:
            with stage("files beside the Verilog", brief=True):
                extras = beside(source, record, text, reuse)
            record["beside"] = {name: sha_of(extra) for name, extra in extras.items()}
        write_together(
            out,
            {
                f"{source.name}.v": text,
                "spec.json": source.to_json(),
                **model,
                **extras,
                FILE: json.dumps(record, indent=2) + "\n",
            },
        )
        return record


def _for_people(record: dict, out: Path) -> dict:
    """The record with paths in place of file names."""
    paths = {name: str(out / record[name]) for name in ("verilog", "spec")}
    paths["c_model"] = [str(out / name) for name in record["c_model"]]
    return record | paths | {"out": str(out)}


def _parser(beside: bool) -> argparse.ArgumentParser:
    parser = cli.Parser(
        prog="python -m hw.build",
        description=_ABOUT + (_BESIDE if beside else ""),
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "--code",
        metavar="NAME|FILE",
        help="a preset or catalogue name (--list), or a file: alist, exponents, 0/1 matrix or spec",
    )
    code_file.add_options(parser)
    parser.add_argument("--spec", metavar="FILE", help="build this spec instead of a code's own")
    parser.add_argument("--out", metavar="DIR", help="folder for the result (default build/NAME)")
    parser.add_argument("--list", action="store_true", help="list the names that --code takes")
    parser.add_argument(
        "--architecture", metavar="NAME",
        help="of a decoder. layered: block rows in turn, each on the sums that the one before left "
        "(default for codes with block structure and long ones without); flooding: block rows in "
        "turn, all on the sums of the iteration before; direct: every edge a wire (default for all "
        "others)",
    )  # fmt: skip
    if beside:
        parser.add_argument(
            "--bare", action="store_true",
            help="write Verilog, spec, C model and build.json alone",
        )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object as last line")
    add_arguments(parser)
    return parser


def main(argv: Sequence[str] | None = None, beside: Beside | None = None) -> int:
    """Command line; returns the exit code. ``beside`` as in :func:`build`."""
    parser = _parser(beside is not None)
    arguments = parser.parse_args(argv)
    from quant import source_options, sources

    if arguments.list:
        print(sources.listing())
        if arguments.json:
            cli.print_json(sources.names())
        return 0
    if arguments.code is None and arguments.spec is None:
        parser.error("--code or --spec is needed (--list shows the names)")
    spec = source_options.chosen(arguments, arguments.architecture)
    general = ("code", *code_file.OPTIONS, "spec", "architecture", "out", "list", "json",
               "bare")  # fmt: skip
    options = {name: value for name, value in vars(arguments).items() if name not in general}
    chosen = _chosen(spec, options, arguments.architecture)
    print(f"building {spec.name}: {spec.describe()}", file=sys.stderr)
    for remark in spec.remarks():
        print(cli.spoken(remark), file=sys.stderr)
    out = Path(arguments.out) if arguments.out is not None else Path("build") / spec.name
    beside = None if getattr(arguments, "bare", False) else beside
    record = _build(spec, out, *chosen, arguments.architecture, True, beside)
    record = _for_people(record, out)
    if "estimated_comb" in record:
        print(f"every edge a wire: about {record['estimated_comb']} COMB", file=sys.stderr)
    print(f"{one_line(record['verilog'])} written in {record['seconds']} s")
    print(f"spec {record['spec_sha'][:12]}, {record['cycles_per_frame_full']:.1f} cycles a frame")
    if arguments.json:
        cli.print_json(record)
    return 0


if __name__ == "__main__":
    cli.run(main)
