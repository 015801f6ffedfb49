"""Small builds for the C++ driver's tests, and mutants of their Verilog."""

import hashlib
import json
import re
from pathlib import Path

from small_precoders import small_precoder
from small_specs import flooding_spec, small_graph, small_spec

from hw.build import build

SILENT = (r"\.o__valid\(m_axis_tvalid\)", ".o__valid()")
"""For :func:`mutant`: no result comes out."""


def _wired(iterations: int):
    """A spec of few edges, for decoders with a wire for each."""
    return flooding_spec(z=1, iterations=iterations, graph=small_graph(1, 3, 7))


# One of every family and option that has a path of its own from stream to stream.
BUILDS = {
    "layered": lambda: (small_spec(z=3, iterations=2), {"slots": 2, "input_regions": 2}),
    "lanes": lambda: (small_spec(z=4, iterations=1), {"lanes": 2, "slots": 1}),
    "cores": lambda: (small_spec(z=3, iterations=2), {"cores": 2, "slots": 1}),
    "tagged": lambda: (_wired(6), {"cores": 2, "order": "out-of-order", "llrs_per_beat": 4}),
    "direct": lambda: (_wired(4), {"llrs_per_beat": 1}),
    "unrolled": lambda: (_wired(2), {"form": "unrolled"}),
    "precoder": lambda: (small_precoder(antennas=4, users=2, iterations=1), {}),
}


def write(name: str, folder: Path) -> Path:
    """Make the named build in ``folder``."""
    spec, options = BUILDS[name]()
    build(spec, folder, options, reuse=True)
    return folder


def mutant(of: Path, folder: Path, pattern: str, replacement: str) -> Path:
    """The build in ``of``, with a text of its Verilog replaced in all places, in ``folder``."""
    record = json.loads((of / "build.json").read_text())
    text, count = re.subn(pattern, replacement, (of / record["verilog"]).read_text())
    assert count, pattern
    folder.mkdir(parents=True, exist_ok=True)
    (folder / record["verilog"]).write_text(text)
    (folder / "spec.json").write_text((of / "spec.json").read_text())
    record["verilog_sha"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "build.json").write_text(json.dumps(record))
    return folder


def without_reset(register: str, module: str) -> tuple[str, str]:
    """For :func:`mutant`: ``register`` of a module keeps its value in a reset."""
    cleared = r"\n    if \(rst\)(?: begin)?\n(?:      \w+ <= [^;]+;\n)*?      "
    pattern = rf"(?s)(module {module} \((?:(?!endmodule).)*?{cleared}){register} <= [^;]+;"
    return pattern, rf"\1{register} <= {register};"
