"""C models of tests in less time: not optimised, and what they include is compiled once.

A quarter of such a compile is the standard library's headers. g++ reads their text where its other
options are not those of the compiled one, so a model is the same without it.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

from model.kept import kept
from quant.cmodel import library
from quant.cmodel.emit import _HEADERS

_FILE = "standard.h"


def flags() -> tuple[str, ...]:
    """For ``library.FLAGS``; those of the product if there is no g++ to ask."""
    plain = tuple("-O0" if flag == "-O3" else flag for flag in library.FLAGS)
    compiler = shutil.which("g++")
    if compiler is None:
        return plain
    version = subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout
    text = "".join(f"#include <{name}>\n" for name in _HEADERS)
    key = hashlib.sha256(version + "\n".join([text, *plain]).encode()).hexdigest()[:24]

    def make(folder: Path) -> list[Path]:
        header = folder / _FILE
        header.write_text(text)
        words = [compiler, *plain, "-x", "c++-header", str(header), "-o", f"{header}.gch"]
        subprocess.run([word for word in words if word != "-shared"], check=True)
        return [header, folder / f"{_FILE}.gch"]

    folder, _ = kept("headers of C models", "cmodel", f"header-{key}", make)
    return (*plain, "-include", str(folder / _FILE))
