"""The generated file as a shared library, compiled once per source text and kept."""

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from model.errors import InputError
from model.files import own_folder

FLAGS = ("-std=c++17", "-O3", "-ffp-contract=off", "-fwrapv", "-Wno-psabi", "-shared", "-fPIC")


def compiled(texts: dict[str, str], *flags: str) -> Path:
    """Path of the library made of ``texts`` (file name to text), compiled now if not in the cache.

    The cache is keyed by source text, flags, compiler and, with flags of its own, the processor
    that they may speak of. ``CXX`` names another compiler.
    Raises ``InputError`` in one line without a compiler, without a writable cache or for a
    compiler that fails.
    """
    compiler = os.environ.get("CXX") or "g++"
    found = shutil.which(compiler)
    if found is None:
        raise InputError(f"the C model needs a C++ compiler: {compiler} is not on PATH")
    version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    key = "\n".join([*texts.values(), *FLAGS, *flags, version, *([_processor()] if flags else [])])
    name = hashlib.sha256(key.encode()).hexdigest()[:24]
    folder = own_folder("compiled C models") / "cmodel"
    target = folder / f"{name}.so"
    if target.exists():
        return target
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as aside:
            for file, text in texts.items():
                (Path(aside) / file).write_text(text)
            source = next(file for file in texts if file.endswith(".cpp"))
            command = [found, *FLAGS, *flags, source, "-o", target.name]
            made = subprocess.run(command, cwd=aside, capture_output=True, text=True)
            if made.returncode:
                lines = [line for line in made.stderr.splitlines() if "error" in line]
                reason = lines[0] if lines else f"exit code {made.returncode}"
                raise InputError(f"{compiler} failed on {source}: {reason}")
            os.replace(Path(aside) / target.name, target)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
    return target


def _processor() -> str:
    """What tells processors of different instruction sets apart."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
