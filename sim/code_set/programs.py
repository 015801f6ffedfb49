"""Programs before the frames of a co-simulation: codes that the decoder was not built with."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from hw.code_set.core import SetCore
from hw.code_set.programs.made import core_of, program_of
from hw.code_set.programs.programs import PREFIX
from hw.program import FOLDER
from model.errors import InputError
from model.files import read_bytes
from quant import kinds
from quant.code_set.spec import CodeSetSpec
from quant.spec import Spec

_PLACE_BYTE = 4


def with_programs(
    spec: CodeSetSpec, build: dict, rng: np.random.Generator
) -> tuple[CodeSetSpec, list[dict[str, int]]]:
    """The set with all codes that are there then, and what is written to bring them.

    The programs are those in the folder of the build; without, codes of the set with other
    exponents, for all places from the first on, but for the last where there are several. Before
    them come programs that must be refused: with a wrong check, too short, too long, of another
    decoder.

    Returns
    -------
    spec : with the codes of programs behind its own
    writes : values of ports, a dict a cycle (:class:`sim.stimulus.frames.Stimulus`)
    """
    core = core_of(spec, build["options"])
    codes, programs = _in_folder(build) or _others(core, rng)
    refused = _wrong(programs[0], rng)
    writes = [beat for program in [*refused, *programs] for beat in _beats(program)]
    return replace(spec, members=(*spec.members, *codes)), writes


def _in_folder(build: dict) -> tuple[list[Spec], list[bytes]] | None:
    """What ``hw.program`` wrote there; places are taken from the first on, without a gap."""
    folder = Path(build.get("folder", "")) / FOLDER
    if "folder" not in build or not folder.is_dir():
        return None
    codes, programs = [], []
    for number, path in enumerate(sorted(folder.glob("*.bin"))):
        content = read_bytes(path)
        if content[_PLACE_BYTE : _PLACE_BYTE + 1] != bytes([number]):
            raise InputError(
                f"{path}: programs of a co-simulation are for places 0, 1, ... in order of their "
                f"names; this one is not for place {number}"
            )
        codes.append(kinds.load(path.with_suffix(".json")))
        programs.append(content)
    return (codes, programs) if programs else None


def _others(core: SetCore, rng: np.random.Generator) -> tuple[list[Spec], list[bytes]]:
    count = max(1, core.options.programs - 1)
    members = core.spec.members
    codes = [turned(members[n % len(members)], n, rng) for n in range(count)]
    return codes, [program_of(core, place, code) for place, code in enumerate(codes)]


def turned(member: Spec, number: int, rng: np.random.Generator) -> Spec:
    """A code of the same size with columns turned and rows in another order: other bits."""
    code, z = member.code, member.code.lifting_size
    turns = rng.integers(z, size=code.columns).tolist()
    rows = tuple(
        tuple((column, (exponent + turns[column]) % z) for column, exponent in row)
        for row in code.rows
    )
    order = rng.permutation(len(rows))
    turned = replace(code, name=f"{code.name}_turned_{number}", rows=rows)
    return replace(member, code=turned, layer_order=tuple(int(row) for row in order))


def _wrong(program: bytes, rng: np.random.Generator) -> list[bytes]:
    """Programs that must be refused."""
    changed = bytearray(program)
    changed[int(rng.integers(8, len(program)))] ^= 1 << int(rng.integers(8))
    other = bytes([program[0] ^ 1]) + program[1:]
    return [bytes(changed), program[:-1], program + b"\0", other, program[:3]]


def _beats(program: bytes) -> list[dict[str, int]]:
    last = len(program) - 1
    return [
        {f"{PREFIX}_tdata": byte, f"{PREFIX}_tvalid": 1, f"{PREFIX}_tlast": int(at == last)}
        for at, byte in enumerate(program)
    ]
