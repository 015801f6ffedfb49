"""Named codes, each with its source.

=============================================  ====================================================
``wifi_648_r12`` ... ``wifi_1944_r56``         the 12 codes of IEEE 802.11n
``nr5g_bg1_z24``, ``nr5g_bg2_z104_n1200_k500``  5G NR, see ``model.catalog.nr5g``
``ccsds_128_64``                               CCSDS telecommand
``bch_63_45`` ...                              BCH codes through published parity checks
``adaptive_c2``, ``_c3``, ``_c6``, ``_c7``      QC-LDPC codes of papers on adaptive decoders
=============================================  ====================================================
"""

import difflib
import json
import os
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from model import code_file, families, io
from model.catalog import nr5g
from model.code import TannerGraph
from model.code_file import CodeFile
from model.errors import InputError

ALIASES = {"qc_ldpc": "wifi_1296_r34"}
EXPONENTS = ("wifi.json", "adaptive.json")
"""Files of quasi-cyclic codes."""


@cache
def _data(file: str) -> dict:
    return json.loads(resources.files(__name__).joinpath(file).read_text(encoding="utf-8"))


def _quasi_cyclic(file: str) -> dict[str, dict]:
    return {name: code for name, code in _data(file).items() if name != "source"}


def _file_of(name: str) -> str | None:
    """Which of the files of exponents has the code; None: none."""
    return next((file for file in EXPONENTS if name in _quasi_cyclic(file)), None)


def names() -> list[str]:
    """Every name ``get`` takes, without 5G rate-matching suffixes and aliases."""
    exponents = [name for file in EXPONENTS for name in _quasi_cyclic(file)]
    return [*exponents, *_data("short.json"), *nr5g.names()]


def group(beginning: str) -> tuple[str, ...]:
    """The IEEE 802.11n codes whose names are ``beginning`` and one or two words more; or none.

    5G NR is no such group: its codes are functions of a lifting size and a length.
    """
    wifi = _quasi_cyclic("wifi.json")
    return tuple(name for name in wifi if name.startswith(f"{beginning}_"))


def source(name: str) -> str:
    """Where the definition of a named code comes from: standard and table, or repository."""
    name = ALIASES.get(name, name)
    if file := _file_of(name):
        return _data(file)["source"]
    if name in _data("short.json"):
        return _data("short.json")[name]["source"]
    return _data(f"nr5g_bg{nr5g.parse(name).base_graph}.json")["source"]


def get(name: str) -> TannerGraph:
    """Return the named code; ``InputError`` lists the near names if there is none."""
    name = ALIASES.get(name, name)
    if file := _file_of(name):
        code = _data(file)[name]
        return TannerGraph.from_exponents(code["exponents"], code["Z"], name)
    if name in _data("short.json"):
        code = _data("short.json")[name]
        checks = np.repeat(np.arange(len(code["rows"])), [len(row) for row in code["rows"]])
        return TannerGraph.from_edges(
            checks, np.concatenate(code["rows"]), len(code["rows"]), code["columns"], name
        )
    if nr5g.is_name(name):
        request = nr5g.parse(name)
        return nr5g.build(request, _data(f"nr5g_bg{request.base_graph}.json"))
    known = [*ALIASES, *names()]
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.5)
    hint = f"; near: {', '.join(near)}" if near else "; see python -m model.codes --list"
    hint = ", and a folder is no code file" if os.path.isdir(name) else hint
    raise InputError(f"no code is named {name!r}{families.named_like(name) or hint}")


def is_name(text: str) -> bool:
    """Whether ``get`` has a code of that name."""
    return text in ALIASES or text in names() or nr5g.is_name(text)


def resolve(code: str | Path | CodeFile) -> TannerGraph:
    """Return a code from the catalogue or from a file, as ``model.code_file.read`` reads it.

    A text is a file if it has a suffix of a format or a path separator, or if there is a file of
    that name and no code.
    """
    if isinstance(code, str) and (is_name(code) or not io.is_file_name(code)):
        return get(code)
    return code_file.read(code)
