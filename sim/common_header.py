"""How g++ compiles what Verilator wrote: in one file where it can, with a header compiled once.

It is headers that take time, once for each file: the default decoder in one file takes half the
processor time of many, and no longer than these take on two cores. What all models include is half
of a small one's compile and is kept. g++ takes a precompiled header only where its own options are
the same, and reads the text beside it otherwise; so a model that is compiled with others is right
all the same, only not sooner.
"""

import contextlib
import hashlib
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from model import processes
from model.errors import InputError
from model.kept import find, kept, shelf_of

_PURPOSE, _SHELF, _FILE = "compiled simulator parts", "simulators", "common.h"
_TEXT = "#include <verilated.h>\n#include <verilated_vpi.h>\n"
_ONE_FILE_BYTES = 12 << 20  # of C++; above, several files on several cores are done sooner
IN_PARTS = ("--output-split", "40000")  # for Verilator: some ten files of a design of this size


def make_flags(folder: Path, key: str, level: str) -> list[str]:
    """Arguments of make for the model that Verilator wrote into ``folder``.

    level : of g++'s optimisation ; key : says all that the common header depends on
    """
    flags = [f"OPT_FAST={level}", "OPT_SLOW=-O0"]
    if sum(path.stat().st_size for path in folder.glob("*.cpp")) < _ONE_FILE_BYTES:
        flags[0] += f" {option(key)}".rstrip()
        flags.append("VM_PARALLEL_BUILDS=0")
    return flags


def _entry(key: str) -> str:
    return f"header-{hashlib.sha256((key + _TEXT).encode()).hexdigest()[:32]}"


def option(key: str) -> str:
    """What g++ is told, or nothing as long as there is no such header; no spaces in it but one.

    key : says all that the header depends on
    """
    entry = find(shelf_of(_PURPOSE, _SHELF) / _entry(key))
    return f"-include {entry / _FILE}" if entry is not None else ""


def keep(key: str, folder: Path, prefix: str, flags: Sequence[str]) -> None:
    """Compile the header as make would compile the one file of the model ``prefix`` in ``folder``.

    Nothing, if ``flags`` are not those of one file.
    """
    if "VM_PARALLEL_BUILDS=0" not in flags:
        return
    make = ["make", "-n", "-B", "-f", f"{prefix}.mk", *flags, f"{prefix}__ALL.o"]

    def compiled(place: Path) -> list[Path]:
        log = place / "make.log"
        with log.open("wb") as output:
            processes.run(make, output, cwd=folder, env=dict(os.environ))
        flags = _flags(log.read_text(errors="replace"))
        header = place / _FILE
        header.write_text(_TEXT)
        made = header.with_name(f"{_FILE}.gch")
        with log.open("wb") as output:
            words = ["g++", *flags, "-x", "c++-header", str(header), "-o", str(made)]
            if processes.run(words, output, cwd=folder, env=dict(os.environ)):
                raise InputError(f"{header}: {log.read_text(errors='replace')[:200]}")
        return [header, made]

    with contextlib.suppress(InputError):  # without it compiling only takes longer
        kept(_PURPOSE, _SHELF, _entry(key), compiled)


def _flags(printed: str) -> list[str]:
    """Options of the compiler's first line, without what belongs to one file."""
    line = next((line for line in printed.splitlines() if line.startswith("g++ ")), None)
    if line is None:
        raise InputError("make prints no command of g++")
    words = shlex.split(line)[1:]
    if "-c" not in words:
        raise InputError("make prints no compilation")
    return [word for word in words[: words.index("-c")] if word not in ("-MMD", "-MP", "-I.")]
