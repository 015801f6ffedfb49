"""The generated file as a shared library, compiled once per source text and kept."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from model.errors import InputError
from model.files import own_folder
from quant.cmodel.emit import sources
from quant.spec import Spec

FLAGS = ("-std=c++17", "-O3", "-ffp-contract=off", "-fwrapv", "-Wno-psabi", "-shared", "-fPIC")


def compiled(spec: Spec, tunable: bool = False) -> Path:
    """Path of the spec's library, compiled now if it is not in the cache.

    The cache is keyed by source text, flags and compiler. ``CXX`` names another compiler.
    tunable : see :func:`quant.cmodel.emit.sources`
    Raises ``InputError`` in one line without a compiler, without a writable cache or for a
    compiler that fails.
    """
    compiler = os.environ.get("CXX") or "g++"
    found = shutil.which(compiler)
    if found is None:
        raise InputError(f"the C model needs a C++ compiler: {compiler} is not on PATH")
    texts = sources(spec, tunable)
    version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    key = "\n".join([*texts.values(), *FLAGS, version])
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
            command = [found, *FLAGS, source, "-o", target.name]
            made = subprocess.run(command, cwd=aside, capture_output=True, text=True)
            if made.returncode:
                lines = [line for line in made.stderr.splitlines() if "error" in line]
                reason = lines[0] if lines else f"exit code {made.returncode}"
                raise InputError(f"{compiler} failed on the C model of {spec.name}: {reason}")
            os.replace(Path(aside) / target.name, target)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
    return target
