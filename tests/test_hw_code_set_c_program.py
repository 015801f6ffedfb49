"""The C function that makes programs, against what Python makes of the same codes."""

import ctypes
import random
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from small_sets import graph_of, small_set
from small_specs import small_spec

from hw.code_set.programs.c_source import files
from hw.code_set.programs.made import core_of, program_of
from model.code import TannerGraph
from quant.code_set.like import member_like
from quant.code_set.spec import CodeSetSpec
from quant.sources import spec_for


class Code(ctypes.Structure):
    """``struct NAME_code``."""

    _fields_ = [
        ("lifting_size", ctypes.c_int), ("rows", ctypes.c_int), ("columns", ctypes.c_int),
        ("exponents", ctypes.POINTER(ctypes.c_int16)), ("punctured", ctypes.c_char_p),
        ("information", ctypes.POINTER(ctypes.c_int32)), ("information_bits", ctypes.c_int),
        ("maps", ctypes.c_char_p), ("iterations", ctypes.c_int),
    ]  # fmt: skip


class Made:
    """The compiled function of one decoder."""

    def __init__(self, core, folder):
        for name, text in files(core).items():
            (folder / name).write_text(text)
        name = core.spec.name
        subprocess.run(
            ["gcc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-O2", "-shared",
             "-fPIC", "-fsanitize=undefined", "-fno-sanitize-recover", f"{name}_program.c", "-o",
             "program.so"],
            cwd=folder, check=True,
        )  # fmt: skip
        self.core = core
        self.call = getattr(ctypes.CDLL(str(folder / "program.so")), f"{name}_program")

    def __call__(self, member, place: int = 0, informed: bool = True, **changes):
        """Exit code and bytes."""
        code, size = member.code, self.core.programs.form.size
        exponents = np.full((len(code.rows), code.columns), -1, dtype=np.int16)
        for row, edges in enumerate(code.rows):
            for column, exponent in edges:
                exponents[row, column] = exponent
        positions = np.array(member.information_positions, dtype=np.int32)
        maps = bytes(row[0] for row in member.maps.index)
        punctured = bytes(lanes == 0 for lanes in code.transmitted_lanes)
        given = {
            "lifting_size": code.lifting_size, "rows": len(code.rows), "columns": code.columns,
            "exponents": exponents.ctypes.data_as(ctypes.POINTER(ctypes.c_int16)),
            "punctured": punctured if any(punctured) else None,
            "information": positions.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
            if informed else None,
            "information_bits": len(positions), "maps": maps, "iterations": len(maps),
        } | changes  # fmt: skip
        out = ctypes.create_string_buffer(size)
        return self.call(ctypes.byref(Code(**given)), place, out), out.raw


def members_like(spec: CodeSetSpec, sizes, seed: int, count: int) -> list:
    """Random codes with the set's alphabet."""
    rng, found = random.Random(seed), []
    for number in range(count):
        rows = rng.randrange(2, 7)
        graph = graph_of(rng.choice(sizes), rows, rows + rng.randrange(4, 12), 0.6, number + seed)
        found.append(member_like(spec, graph))
    return found


@pytest.mark.parametrize(
    ("sizes", "options"),
    [
        ((6,), {}), ((18,), {"llrs_per_beat": 1, "target": "ecp5", "bits_per_beat": 16}),
        ((8, 16, 24), {}), ((9, 27), {"bits_per_beat": 16, "target": "ecp5"}),
    ],
)  # fmt: skip
def test_c_makes_what_python_makes(sizes, options, tmp_path):
    members = tuple(small_spec(z, graph=graph_of(z, 6, 20, 0.5, z)) for z in sizes)
    spec = CodeSetSpec("some_set", members)
    core = core_of(spec, {"programs": 2, "program_edges": 160, "program_degree": 22} | options)
    made = Made(core, tmp_path)
    for number, member in enumerate(members_like(spec, sizes, 3, 25)):
        place = number % 2
        assert made(member, place) == (0, program_of(core, place, member, order=0))


def test_of_standard_codes(tmp_path):
    spec = spec_for("wifi_1296_r12,wifi_1296_r56")
    core = core_of(spec, {"programs": 1, "target": "ecp5"})
    made = Made(core, tmp_path)
    for name in ("wifi_1296_r23", "wifi_1296_r34"):
        member = spec_for(f"{name},wifi_1296_r12").members[0]
        assert made(member) == (0, program_of(core, 0, member, order=0))


def test_punctured_columns(tmp_path):
    exponents = graph_of(6, 4, 14, 0.7, 1).block.exponents
    mask = np.zeros(14 * 6, dtype=bool)
    mask[6:12] = True
    graph = TannerGraph.from_exponents(exponents, 6, "punctured", punctured=mask)
    member = replace(small_spec(6, graph=graph), layer_order=(0, 1, 2, 3))
    core = core_of(CodeSetSpec("holes", (member,)), {"programs": 1})
    made = Made(core, tmp_path)
    assert made(member) == (0, program_of(core, 0, member, order=0))
    plain = core_of(small_set(), {"programs": 1})
    (tmp_path / "plain").mkdir()
    assert Made(plain, tmp_path / "plain")(member)[0] == 5


def test_what_it_refuses(tmp_path):
    spec = small_set(maps="iteration")
    core = core_of(spec, {"programs": 1})
    made, member = Made(core, tmp_path), members_like(spec, (6,), 1, 1)[0]
    assert made(member)[0] == 0
    exponents = np.full((len(member.code.rows), member.code.columns), 6, dtype=np.int16)
    pointer = exponents.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
    backwards = np.array([9, 8, 7], dtype=np.int32).ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
    for changes, fault in (
        ({"place": 1}, 1), ({"place": -1}, 1), ({"lifting_size": 7}, 2), ({"rows": 99}, 2),
        ({"columns": 0}, 2), ({"exponents": pointer}, 4), ({"maps": b"\xff", "iterations": 1}, 6),
        ({"iterations": 0}, 6), ({"information": backwards, "information_bits": 3}, 7),
    ):  # fmt: skip
        assert made(member, **changes)[0] == fault, changes
