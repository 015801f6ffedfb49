"""W and W0 of a channel in the core: its blocks, and all of it, against golden."""

import random
from dataclasses import replace

import compiled_proof
import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth_bench import receive, send, simulate
from small_detectors import small_detector
from small_specs import small_spec

from hw.build import build
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.options import Options
from hw.mimo_preprocess.divider import Divider
from hw.mimo_preprocess.matrices import Matrices
from hw.mimo_preprocess.preprocessor import Preprocessor
from hw.mimo_preprocess.products import Products
from hw.mimo_preprocess.scaling import Scaling, Wanted
from hw.mimo_preprocess.step import Initial, Left, Result, Right, Sizes
from model.errors import InputError
from quant import sources
from quant.mimo_detector import golden, preprocess
from quant.mimo_detector.preprocess import FRACTION, HIGHEST, Formats
from quant.uplink.joined import joined
from quant.words import Word
from sim import cosim

CORE = {"matrices": "core"}


def test_divider():
    rng, block = random.Random(1), Divider(12, 7, 6)
    pairs = [(rng.getrandbits(12), rng.randint(1, 127)) for _ in range(200)]
    pairs += [(0, 1), (4095, 1), (63, 1), (64, 1), (4095, 127)]
    found = []

    async def bench(ctx):
        for numerator, denominator in pairs:
            ctx.set(block.numerator, numerator)
            ctx.set(block.denominator, denominator)
            ctx.set(block.start, 1)
            await ctx.tick()
            ctx.set(block.start, 0)
            await ctx.tick().until(block.done)
            found.append((ctx.get(block.quotient), ctx.get(block.clipped)))

    simulate(block, bench)
    exact = [numerator // denominator for numerator, denominator in pairs]
    assert found == [(min(63, quotient), quotient > 63) for quotient in exact]


def test_scaling():
    """Powers of two, reciprocals of pivots, factors of rows, from numbers of every size."""
    spec, rng = small_detector(16, 4), random.Random(2)
    formats = Formats(spec)
    block, found, due = Scaling(Sizes(formats)), [], []

    def reference(wanted: Wanted, number: int, noise: int, scale: int) -> tuple[int, bool]:
        if wanted == Wanted.PIVOT:
            exact = (1 << 2 * FRACTION) // max(1, number)
            return min(exact, HIGHEST), number < 1 or exact > HIGHEST
        if wanted == Wanted.POWER:
            bits = max(1, number + noise).bit_length()
            return min(formats.largest - (bits + 1) // 2, formats.most_shift), False
        of_row = formats.w if wanted == Wanted.W else formats.w0
        number = max(1, number)
        bits = number.bit_length()
        quotient = (of_row.constant << 16) // ((number << 16) >> bits)
        places = scale + of_row.exponent - bits + of_row.shift
        exact = quotient << places if places > 0 else quotient >> -places
        return min(exact, HIGHEST), exact > HIGHEST

    async def bench(ctx):
        for number in range(300):
            wanted = list(Wanted)[number % 4]
            size = {Wanted.PIVOT: 17, Wanted.POWER: formats.noise_bits}.get(wanted, 38)
            value = rng.getrandbits(rng.randint(0, size))
            value = -value if number % 11 == 0 and wanted != Wanted.POWER else value
            noise = rng.getrandbits(rng.randint(0, formats.noise_bits))
            scale = rng.randint(0, formats.most_shift)
            for name, given in (("number", value), ("wanted", wanted), ("noise", noise),
                                ("scale", scale), ("start", 1)):  # fmt: skip
                ctx.set(getattr(block, name), given)
            await ctx.tick()
            ctx.set(block.start, 0)
            cycles = 1
            while not ctx.get(block.done):
                await ctx.tick()
                cycles += 1
            assert cycles <= block.most_cycles
            found.append((ctx.get(block.found), bool(ctx.get(block.saturated))))
            due.append(reference(wanted, value, noise, scale))
            await ctx.tick()

    simulate(block, bench)
    assert found == due
    assert {saturated for _, saturated in due} == {False, True}


class Unit(Products):
    """Products behind their memories."""

    def __init__(self, sizes: Sizes):
        super().__init__(sizes)
        self.matrices = Matrices(sizes)

    def elaborate(self, platform):
        m = Module()
        m.submodules.products = super().elaborate(platform)
        m.submodules.matrices = matrices = self.matrices
        m.d.comb += matrices.step.eq(self.step)
        for name in ("left_h", "right_h", "first_a", "left_a", "left_x"):
            m.d.comb += getattr(self, name).eq(getattr(matrices, name))
        return m


@pytest.mark.parametrize("rise", ["mid_rise", "mid_tread"])
def test_sums_of_products(rise):
    """Every kind of sum, of random numbers, one after the other without a gap."""
    spec = small_detector(7, 3)
    spec = replace(spec, h=Word(6, rise), w=Word(7, rise), table_bits=12)
    sizes, rng = Sizes(Formats(spec)), random.Random(3)
    unit = Unit(sizes)
    matrices = unit.matrices

    def number(bits: int = 18) -> complex:
        return complex(*(rng.randint(1 - (1 << bits - 1), (1 << bits - 1) - 1) for _ in "ab"))

    h = {(u, a): number(8) for u in range(3) for a in range(7)}
    k = [rng.randint(0, sizes.formats.most_shift) for _ in range(3)]
    a = {(i, j): number() for i in range(3) for j in range(3)}
    x, noise, real = [number() for _ in range(7)], rng.getrandbits(30), rng.getrandbits(17)
    steps, due, held = [], [], [0j]

    def parts(value: complex) -> tuple[int, int]:
        return int(value.real), int(value.imag)

    def scaled(user: int, antenna: int, unscaled: bool) -> complex:
        codes = np.array(parts(h[user, antenna]))
        values, _ = golden.values_of_codes(spec.h, codes)
        return complex(*(int(v) << (0 if unscaled else k[user]) for v in values))

    def product(one: complex, two: complex) -> complex:  # exact: doubles hold 53 bits
        (p, q), (r, s) = parts(one), parts(two)
        return complex(p * r - q * s, p * s + q * r)

    def add(result: Result, length: int, first: bool, total: complex) -> complex:
        step = {
            "antenna": rng.randrange(7), "result": result, "first": first, "last": length == 1,
            **{n: rng.randrange(3)
               for n in ("left_user", "right_user", "row", "column", "pivot")},
            "left": rng.choice(list(Left)), "right": rng.choice(list(Right)),
            "initial": rng.choice(list(Initial)),
            "conjugate": rng.random() < 0.5, "unscaled": rng.random() < 0.3, "hold": False,
        }  # fmt: skip
        steps.append(step)
        one = 1 << (sizes.formats.sum_shift if result == Result.X else FRACTION)
        left = {
            Left.H: scaled(step["left_user"], step["antenna"], step["unscaled"]),
            Left.A: a[step["pivot"], step["column"]], Left.X: x[step["antenna"]],
            Left.ONE: complex(one),
        }[step["left"]]  # fmt: skip
        right = {
            Right.H: scaled(step["right_user"], step["antenna"], step["unscaled"]),
            Right.HELD: held[0], Right.REAL: complex(real),
        }[step["right"]]  # fmt: skip
        if first:
            half = complex(sizes.halves.get(result, 0))
            total = complex(half.real, half.real) + {
                Initial.NONE: 0, Initial.NOISE: noise,
                Initial.A: a[step["row"], step["column"]] * (1 << FRACTION),
            }[step["initial"]]  # fmt: skip
        total += product(left, right.conjugate() if step["conjugate"] else right)
        if step["last"]:
            due.append((step, parts(total)))
        return total

    for number_ in range(120):
        if number_ % 5 == 0:
            row, column = rng.randrange(3), rng.randrange(3)
            steps.append({"hold": True, "pivot": row, "column": column, "left": Left.A})
            held[0] = -a[row, column]
        result = rng.choice([r for r in Result if r not in (Result.NONE, Result.RAW)])
        length = rng.choice([1, 1, 2, 3])
        total = 0j
        for at in range(length):
            total = add(result, length - at, at == 0, total)
    found = []

    async def bench(ctx):
        half = sizes.formats.half_bits
        for (user, antenna), value in h.items():
            ctx.set(matrices.h_user, user)
            ctx.set(matrices.h_antenna, antenna)
            low, high = (part & ((1 << half) - 1) for part in parts(value))
            ctx.set(matrices.h_bits, low | high << half)
            ctx.set(matrices.h_write, 1)
            await ctx.tick()
        ctx.set(matrices.h_write, 0)
        for (row, column), value in a.items():
            ctx.set(matrices.a_row, row)
            ctx.set(matrices.a_column, column)
            ctx.set(matrices.a, dict(zip(("real", "imaginary"), parts(value), strict=True)))
            ctx.set(matrices.a_write, 1)
            ctx.set(matrices.k_user, row)
            ctx.set(matrices.k, k[row])
            ctx.set(matrices.k_write, 1)
            await ctx.tick()
        ctx.set(matrices.a_write, 0)
        for antenna, value in enumerate(x):
            ctx.set(matrices.x_place, antenna)
            ctx.set(matrices.x, dict(zip(("real", "imaginary"), parts(value), strict=True)))
            ctx.set(matrices.x_write, 1)
            await ctx.tick()
        ctx.set(matrices.x_write, 0)
        ctx.set(unit.noise, noise)
        ctx.set(unit.real, real)
        for cycle in range(len(steps) + unit.latency_cycles + 1):
            ctx.set(unit.valid, cycle < len(steps))
            if cycle < len(steps):
                empty = {"first": 0, "last": 0, "result": Result.NONE, "antenna": 0}
                ctx.set(unit.step, empty | steps[cycle])
            if ctx.get(unit.done):
                value = ctx.get(unit.value.real), ctx.get(unit.value.imaginary)
                found.append((
                    ctx.get(unit.result), ctx.get(unit.row), ctx.get(unit.antenna), value,
                    ctx.get(unit.exact), bool(ctx.get(unit.clipped)),
                ))  # fmt: skip
            await ctx.tick()

    simulate(unit, bench)
    assert len(found) == len(due) > 100
    for (result, row, antenna, value, exact, clipped), (step, total) in zip(
        found, due, strict=True
    ):
        assert (result, row, antenna) == (step["result"], step["row"], step["antenna"])
        assert exact == total[0]
        if result in sizes.shifts:
            shifted = [part >> sizes.shifts[result] for part in total]
            inside = [max(-HIGHEST, min(HIGHEST, part)) for part in shifted]
            assert value == tuple(inside) and clipped == (inside != shifted)


CASES = {
    "users that are no power of two": lambda: small_detector(8, 3),
    "one user": lambda: small_detector(5, 1),
    "all codes of a channel wait in the queue": lambda: small_detector(2, 2),
    "mid-tread, 16 bits a part": lambda: replace(
        small_detector(6, 4), h=Word(6, "mid_tread"), w=Word(9, "mid_tread"), table_bits=14
    ),
    "wide words": lambda: replace(
        small_detector(4, 2), h=Word(16, "mid_rise"), w=Word(16, "mid_rise"), table_bits=20
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_channel_at_a_time(case):
    """Of all strengths, with users alike, from sources that stop, for one that makes it wait."""
    spec, rng = CASES[case](), random.Random(4)
    formats, block = Formats(spec), Preprocessor(spec, Geometry(spec, Options()))
    half = formats.half_bits
    low = (1 << half) - 1
    numbers = np.random.default_rng(5)
    channels = 6
    shape = channels, spec.antennas, spec.users, 2
    strengths = np.array([1, 1, 4, 0.3, 1, 1])[:, None, None, None]
    codes = np.round(numbers.standard_normal(shape) * strengths * 2 ** (spec.h.bits - 3))
    codes = np.clip(codes.astype(int), -1 << half - 1, low >> 1)
    codes[1, :, 0] = codes[1, :, -1]
    noise = np.array([[90, 1], [0, 0], [255, 200], [3, 0], [17, 3], [200, 2]])
    values, _ = golden.values_of_codes(spec.h, codes)
    due = preprocess.prepare(spec, values, preprocess.noise_of(spec, noise))
    assert due.saturated.any() == (spec.users > 1) and not due.saturated.all()

    def beat(re: int, im: int, abort: int = 0):
        def fill(ctx):
            ctx.set(block.i.payload.bits, int(re) & low | (int(im) & low) << half)
            ctx.set(block.i.payload.abort, abort)

        return fill

    sent = []
    for channel in range(channels):
        entries = codes[channel].swapaxes(0, 1).reshape(-1, 2)
        # One that is given up comes before: early, in the last row, in the place of the noise.
        before = {1: 3, 3: len(entries) - 1, 5: len(entries)}.get(channel, 0)
        sent += [beat(*entry) for entry in entries[:before]]
        sent += [beat(0, 0, 1)] * (before > 0)
        sent += [beat(*entry) for entry in entries] + [beat(*noise[channel])]
    found, saturated = [], []

    async def source(ctx):
        await send(ctx, block.i, sent, rng, 0.1)

    async def sink(ctx):
        each = 3 * spec.users * spec.antennas
        for channel in range(channels):
            read = Cat(block.o.payload.bits, block.o.payload.abort)
            found.append(await receive(ctx, block.o, read, each, rng, 0.3))
            await ctx.tick().repeat(40 if channel % 3 else 4000)
            ctx.set(block.number, channel + 1)
            saturated.append(bool(ctx.get(block.saturated)))

    simulate(block, source, sink)
    for channel, words in enumerate(found):
        matrices = [codes[channel].swapaxes(0, 1), due.w[channel], due.w0[channel]]
        wanted = np.stack(matrices).reshape(-1, 2)
        assert words == [int(re) & low | (int(im) & low) << half for re, im in wanted]
    assert saturated == due.saturated.tolist()


@pytest.mark.parametrize("size", [(2, 1), (24, 1), (16, 5), (40, 3)])
def test_it_is_as_fast_as_it_says(size):
    spec = small_detector(*size)
    block, found = Preprocessor(spec, Geometry(spec, Options())), []

    async def bench(ctx):
        ctx.set(block.o.ready, 1)
        ctx.set(block.i.valid, 1)
        ctx.set(block.i.payload.bits, 0x3001)  # n0 is shifted, too
        cycles = codes = 0
        while codes < 3 * size[0] * size[1]:
            _, _, leaves = await ctx.tick().sample(block.o.valid)
            codes, cycles = codes + leaves, cycles + 1
        found.append(cycles)

    simulate(block, bench)
    assert 0.4 * block.most_cycles < found[0] <= block.most_cycles


def test_words_that_are_too_wide_are_refused():
    wide = replace(small_detector(8, 2), h=Word(16, "mid_rise"), w=Word(16, "mid_rise"))
    with pytest.raises(InputError, match="h has 16 bits, too many to compute W and W0 for 8 ant"):
        Formats(wide)


def test_detector_with_its_own_matrices(tmp_path):
    """In the compiled bench, and in cocotb, which compares what is said of channels."""
    record = build(small_detector(), tmp_path, CORE)
    assert record["channel_beats"] == 8 * 3 + 1 and "matrices_saturated" in record["ports"]
    result = cosim.run(tmp_path, frames=200, seed=3)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (200, 0) and result.summary["channels"] == 3
    compiled_proof.prove(tmp_path, frames=300, seed=2)


def test_what_has_no_start_is_refused(tmp_path):
    with pytest.raises(InputError, match="W and W0 are computed for start 'lmmse'"):
        build(small_detector(start="zero"), tmp_path / "none", CORE)
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mimo_detector_32x8", "mimo_detector"])
def test_shipped_detectors_equal_golden(name, tmp_path):
    build(sources.spec_for(name), tmp_path, CORE)
    result = cosim.run(tmp_path, frames=2000, seed=2)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (2000, 0) and result.summary["channels"] == 21


@pytest.mark.slow
def test_small_uplink_equals_golden(tmp_path):
    build(joined("small_uplink", small_detector(), small_spec(8)), tmp_path, CORE)
    result = cosim.run(tmp_path, frames=30, seed=2)
    assert result.ok, result.fault
