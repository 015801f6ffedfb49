"""Arithmetic and blocks of the precoder against golden or plain integers, for every input."""

import numpy as np
import pytest
from amaranth.hdl import signed
from amaranth_bench import evaluate, simulate
from small_precoders import small_precoder

from hw.lib import arithmetic
from hw.lib.memory import TableMemory
from hw.lib.multiplier import WideMultiplier
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.symbols import reciprocal_table
from quant.precoder import golden
from quant.precoder.spec import Word


@pytest.mark.parametrize(("wide", "shift", "bits"), [(8, 0, 3), (8, 2, 3), (6, 1, 4), (5, 3, 3)])
def test_mid_rise_quantiser(wide, shift, bits):
    values = np.arange(-(1 << (wide - 1)), 1 << (wide - 1))
    offset_codes = evaluate(
        lambda v: arithmetic.quantise_mid_rise(v.as_signed(), shift, bits),
        [wide],
        [(int(v) & ((1 << wide) - 1),) for v in values],
        bits,
    )
    due = golden.quantise(values, shift, Word(bits, "mid_rise"))
    assert [2 * (code - (1 << (bits - 1))) + 1 for code in offset_codes] == due.tolist()
    back = evaluate(lambda c: arithmetic.mid_rise(c), [bits],
                    [(code,) for code in offset_codes], signed(bits + 1))  # fmt: skip
    assert back == due.tolist()


def test_add_or_subtract():
    vectors = [(a, b, s) for a in range(16) for b in range(8) for s in range(2)]
    got = evaluate(
        lambda a, b, s: arithmetic.add_or_subtract(a.as_signed(), b.as_signed(), s),
        [4, 3, 1], vectors, signed(5),
    )  # fmt: skip

    def number(code: int, bits: int) -> int:
        return code - (code >> (bits - 1) << bits)

    assert got == [number(a, 4) + (-1 if s else 1) * number(b, 3) for a, b, s in vectors]


@pytest.mark.parametrize(("a_bits", "b_bits"), [(9, 5), (18, 12), (23, 13), (40, 18)])
def test_wide_products(a_bits, b_bits):
    multiplier = WideMultiplier(a_bits, b_bits)
    rng = np.random.default_rng(a_bits)
    top_a, top_b = 1 << (a_bits - 1), 1 << (b_bits - 1)
    pairs = [(-top_a, -top_b), (top_a - 1, -top_b), (-top_a, top_b - 1), (-1, 1)]
    pairs += [(int(rng.integers(-top_a, top_a)), int(rng.integers(-top_b, top_b)))
              for _ in range(60)]  # fmt: skip

    async def bench(ctx):
        for cycle, (a, b) in enumerate(pairs + [(0, 0)] * multiplier.latency_cycles):
            if cycle >= multiplier.latency_cycles:
                x, y = pairs[cycle - multiplier.latency_cycles]
                assert ctx.get(multiplier.o) == x * y
            ctx.set(multiplier.a, a)
            ctx.set(multiplier.b, b)
            await ctx.tick()

    simulate(multiplier, bench)


def test_table_memory_reads_two_places():
    memory = TableMemory(6, 16)
    words = np.random.default_rng(1).permutation(16).tolist()

    async def bench(ctx):
        ctx.set(memory.w_en, 1)
        for address, word in enumerate(words):
            ctx.set(memory.a_addr, address)
            ctx.set(memory.w_data, word)
            await ctx.tick()
        ctx.set(memory.w_en, 0)
        for address in range(16):
            ctx.set(memory.a_addr, address)
            ctx.set(memory.b_addr, 15 - address)
            for _ in range(memory.latency_cycles):
                await ctx.tick()
            assert ctx.get(memory.a_data) == words[address]
            assert ctx.get(memory.b_data) == words[15 - address]

    simulate(memory, bench)


@pytest.mark.parametrize("constellation", ["qpsk", "16qam", "64qam"])
def test_reciprocals_of_every_energy(constellation):
    spec = small_precoder(users=3, constellation=constellation)
    table = reciprocal_table(spec)
    rng = np.random.default_rng(2)
    levels = np.arange(-spec.largest_symbol, spec.largest_symbol + 1, 2)
    for symbols in rng.choice(levels, (200, 6)):
        energy = int((symbols**2).sum())
        assert table[(energy - 6) // 8] == spec.reciprocal(energy)
    assert len(table) == (spec.largest_energy - 6) // 8 + 1


def test_widths_hold_the_extremes():
    geometry = Geometry(small_precoder(antennas=8, users=4), Options())
    spec = geometry.spec
    # A table sums eight entries of one sign; the chain and the planes multiply that.
    entries = 8 * spec.h.maximum // geometry.table_scale
    assert entries == geometry.table_maximum < 1 << (geometry.table_bits - 1)
    assert geometry.cells * entries < 1 << (geometry.chain_bits - 1)
    largest_g = spec.users * 2 * spec.h.maximum * spec.w.maximum
    assert geometry.g_maximum * geometry.table_scale >= largest_g
    y = max(
        abs(r.keep.scaled(geometry.frac_bits)) * spec.x.maximum
        + abs(r.step.scaled(geometry.frac_bits)) * geometry.g_maximum * geometry.table_scale
        for r in spec.rounds
    )
    assert y < 1 << (geometry.y_bits - 1)
