"""Programs written at run time: their bytes, the writer, what is refused."""

import random

import compiled_proof
import pytest
from amaranth_bench import simulate
from small_sets import small_set
from small_specs import uneven_channel

from hw.build import build
from hw.code_set.programs.form import HEAD_BYTES, Form, checked
from hw.code_set.programs.writer import ProgramWriter
from hw.code_set.room import Area
from quant.spec import Relaxation

AREAS = (
    Area("rows", 11, 5, (3, 8)), Area("program", 20, 7, (0, 100)), Area("maps", 2, 3, (9, 20)),
    Area("windows", 17, 4, (0, 8)), Area("windows", 17, 4, (4, 12)),
)  # fmt: skip
ODD = uneven_channel(1, 3, 5, 7, 9, 11, 15, 21)
FORM = Form(AREAS, 0x12345678)


def words(rng: random.Random) -> list[list[int]]:
    """Some for every area."""
    return [[rng.randrange(1 << area.bits) for _ in range(area.words)] for area in AREAS]


def _written(place: int, given: list[list[int]]) -> list[tuple[str, int, int]]:
    return [
        (area.table, area.first[place] + number, word)
        for area, each in zip(AREAS, given, strict=True)
        for number, word in enumerate(each)
    ]


class Bench:
    """A writer whose parent grants a place some cycles after the claim."""

    def __init__(self, rng: random.Random):
        self.rng, self.dut = rng, ProgramWriter(FORM, 2)
        self.writes, self.events = [], []

    async def run(self, ctx, programs: list[bytes], pause: float) -> None:
        dut, rng = self.dut, self.rng
        pending = [(byte, at == len(p) - 1) for p in programs for at, byte in enumerate(p)]
        wait = 0
        for _ in range(20000):
            if not pending:
                break
            offers = rng.random() >= pause
            ctx.set(dut.valid, offers)
            ctx.set(dut.data, pending[0][0] if offers else rng.randrange(256))
            ctx.set(dut.last, pending[0][1] if offers else rng.randrange(2))
            claim = ctx.get(dut.claim)
            wait = wait + 1 if claim else 0
            ctx.set(dut.granted, int(claim and wait > 1))
            ctx.set(dut.free, int(claim and wait > (20 if pause else 2)))
            if offers and ctx.get(dut.ready):
                pending.pop(0)
            await self._tick(ctx)
        assert not pending, "a byte is not taken"
        ctx.set(dut.valid, 0)
        for _ in range(4):
            await self._tick(ctx)

    async def _tick(self, ctx) -> None:
        dut = self.dut
        write = ctx.get(dut.write)
        for number, table in enumerate(dut.tables):
            if write >> number & 1:
                bits = next(area.bits for area in AREAS if area.table == table)
                word = ctx.get(dut.word) & (1 << bits) - 1
                self.writes.append((table, ctx.get(dut.address), word))
        for name in ("accepted", "refused"):
            if ctx.get(getattr(dut, name)):
                self.events.append(name)
        await ctx.tick()


def _run(programs: list[bytes], pause: float, seed: int = 1) -> tuple[Bench, int]:
    bench, loaded = Bench(random.Random(seed)), []

    async def testbench(ctx):
        await bench.run(ctx, programs, pause)
        loaded.append(ctx.get(bench.dut.loaded))

    simulate(bench.dut, testbench)
    return bench, loaded[0]


@pytest.mark.parametrize("pause", [0, 0.3])
def test_words_of_a_program_come_to_their_places(pause):
    rng = random.Random(2)
    first, second = words(rng), words(rng)
    bench, loaded = _run([FORM.program(1, first), FORM.program(0, second)], pause)
    assert bench.writes == _written(1, first) + _written(0, second)
    assert bench.events == ["accepted"] * 2
    assert loaded == 0b11


def test_programs_that_are_wrong_are_refused_and_their_place_is_empty():
    rng = random.Random(3)
    right = FORM.program(0, words(rng))
    broken = bytearray(right)
    broken[HEAD_BYTES + 9] ^= 4
    for wrong in (bytes(broken), right[:-1], right + b"\0", right[: HEAD_BYTES + 1]):
        bench, loaded = _run([right, wrong], 0.2)
        assert bench.events == ["accepted", "refused"]
        assert loaded == 0


def test_programs_for_another_decoder_or_place_change_nothing():
    right = FORM.program(0, words(random.Random(4)))
    other = checked(b"\0" + right[1:-4])
    nowhere = checked(right[:4] + b"\2" + right[5:-4])
    for wrong in (other, nowhere, right[:1], right[:4]):
        bench, loaded = _run([right, wrong, right], 0)
        assert bench.events == ["accepted", "refused", "accepted"]
        assert loaded == 1


CASES = {
    "one place": ({"maps": "edge"}, {"programs": 1}),
    "three places, odd values, one value a beat, ecp5": (
        {"z": 9, "app_bits": 9, "even": True, "channel": ODD},
        {"programs": 3, "target": "ecp5", "llrs_per_beat": 1},
    ),
    "the same, twice as wide": (
        {"z": 18, "app_bits": 9, "even": True, "channel": ODD},
        {"programs": 3, "target": "ecp5", "llrs_per_beat": 1},
    ),
    "relaxed, more room": (
        {"relaxation": Relaxation(2, 1)},
        {"programs": 2, "program_rows": 40, "program_edges": 300, "program_columns": 31,
         "program_degree": 30},
    ),
}


MORE = ("the same, twice as wide",)


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] if c in MORE else []) for c in CASES]
)
def test_verilog_equals_golden_for_codes_it_was_not_built_with(case, tmp_path):
    """Behind programs that are refused; illegal streams, wrong lengths, invalid words, resets."""
    features, options = CASES[case]
    record = build(small_set(**features), tmp_path, options)
    assert record["program_places"] == options["programs"]
    compiled_proof.prove(tmp_path, frames=600, seed=4)
