"""The generated file as a shared library, compiled once per source text and kept."""

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

from model import processes
from model.errors import InputError
from model.kept import kept

FLAGS = ("-std=c++17", "-O3", "-ffp-contract=off", "-fwrapv", "-Wno-psabi", "-shared", "-fPIC")
_LIBRARY = "model.so"
_WIDE = {64: {"avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512vbmi"}, 32: {"avx2"}}
"""What vectors of so many bytes need, in the words of Linux."""


def compiled(texts: dict[str, str], *flags: str) -> Path:
    """Path of the library made of ``texts`` (file name to text), compiled now if not in the cache.

    The cache is keyed by source text, flags, compiler and, with flags of its own, the processor
    that they may speak of. A library in it whose bytes are not those that were compiled is made
    again (:mod:`model.kept`). ``CXX`` names another compiler.
    Raises ``InputError`` in one line without a compiler, without a writable cache or for a
    compiler that fails.
    """
    compiler = os.environ.get("CXX") or "g++"
    found = shutil.which(compiler)
    if found is None:
        raise InputError(f"the C model needs a C++ compiler: {compiler} is not on PATH")
    try:
        asked = subprocess.run([found, "--version"], capture_output=True, errors="replace")
    except OSError as error:
        raise InputError(f"{compiler} cannot be started: {error.strerror}") from error
    about = [asked.stdout, *([_processor()] if flags else [])]
    key = "\n".join([*texts.values(), *FLAGS, *flags, *about])
    name = hashlib.sha256(key.encode()).hexdigest()[:24]

    def make(folder: Path) -> list[Path]:
        _compile(compiler, found, texts, flags, folder)
        return [folder / _LIBRARY]

    entry, _ = kept("compiled C models", "cmodel", name, make)
    return entry / _LIBRARY


def widest_first() -> list[int]:
    """Bytes of the vectors that this processor has, as the macro ``CM_ONLY`` takes them: one size
    alone is compiled in a third of the time. Empty where that cannot be found out.
    """
    has = set(_processor().split())
    if platform.machine() not in ("x86_64", "AMD64") or not has:
        return []
    return [*(size for size, due in _WIDE.items() if due <= has), 16]


def _compile(
    compiler: str, found: str, texts: dict[str, str], flags: tuple[str, ...], folder: Path
) -> None:
    for file, text in texts.items():
        (folder / file).write_text(text)
    source = next(file for file in texts if file.endswith(".cpp"))
    log = folder / "compile.log"
    with log.open("wb") as output:
        command = [found, *FLAGS, *flags, source, "-o", _LIBRARY]
        code = processes.run(command, output, cwd=folder)
    if code:
        lines = log.read_text(errors="replace").splitlines()
        lines = [line for line in lines if "error" in line] or lines[-1:]
        reason = lines[0] if lines else f"exit code {code}"
        raise InputError(f"{compiler} failed on {source}: {reason}")


def _processor() -> str:
    """What tells processors of different instruction sets apart."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
