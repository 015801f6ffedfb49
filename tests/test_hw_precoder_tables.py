"""Tables of the precoder's cells: built, written, and looked up for both products."""

import random

import numpy as np
import pytest
from amaranth_bench import simulate
from precoder_bench import SIGNS, TableModel, random_channel
from small_precoders import NARROW, small_precoder

from hw.mimo_array.backward import BackwardProduct
from hw.mimo_array.builder import TableBuilder
from hw.mimo_array.forward import ForwardProduct
from hw.mimo_array.geometry import CELL_VALUES, GROUP, INDEX_BITS, PAIRS
from hw.mimo_array.writer import TableWriter, tables
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.timing import Timing
from quant.precoder.fit import Words
from quant.precoder.spec import Word

MID_TREAD = Words(Word(5, "mid_tread"), Word(4, "mid_rise"), Word(7, "mid_rise"), 11)


def geometry(antennas=8, users=4, words=NARROW, form="folded", **features) -> Geometry:
    return Geometry(small_precoder(antennas, users, words=words, **features), Options(form=form))


@pytest.mark.parametrize("words", [NARROW, MID_TREAD], ids=["mid-rise", "mid-tread"])
def test_builder_sums_under_every_sign(words):
    """All 256 sums in Gray code order, with pauses, while other cells' operands pass by."""
    g, rng = geometry(words=words), np.random.default_rng(1)
    builder, top = TableBuilder(g), g.spec.h.maximum
    step_of = 2 // g.table_scale  # what an entry's sign changes, in units of the table

    async def bench(ctx):
        for round_ in range(2):
            entries = rng.integers(-top, top + 1, (PAIRS, INDEX_BITS))
            entries = entries | 1 if g.spec.h.rise == "mid_rise" else entries
            entries = np.full_like(entries, top) if round_ else entries
            due = entries @ SIGNS.T // g.table_scale
            loads = [dict(operand=n, lanes=(step_of * entries[:, n]).tolist())
                     for n in rng.permutation(INDEX_BITS).tolist()]  # fmt: skip
            loads.append(dict(first_sums=1, lanes=due[:, 0].tolist()))
            for load in loads:
                ctx.set(builder.mine, 1)
                ctx.set(builder.operand, load)
                await ctx.tick()
                ctx.set(builder.mine, 0)  # not for this cell
                ctx.set(builder.operand, dict(operand=3, lanes=[5, -5]))
                await ctx.tick()
            shown = [0, 0, 0]
            for n in range(1, 256 + 2):
                gray, turned = n ^ n >> 1, (n & -n).bit_length() - 1
                goes = dict(turn=1, operand=turned, minus=~gray >> turned & 1) if n < 256 else {}
                for build in ({"operand": 6, "minus": 1},) * int(rng.integers(3)) + (goes,):
                    ctx.set(builder.build, build)
                    shown = [*shown[1:], gray if build is goes and n < 256 else shown[-1]]
                    word = ctx.get(builder.word)
                    for lane in range(PAIRS):
                        lane_word = word >> lane * g.table_bits & (1 << g.table_bits) - 1
                        assert lane_word == due[lane, shown[0]] % (1 << g.table_bits), n
                    await ctx.tick()

    simulate(builder, bench)


@pytest.mark.parametrize(
    ("antennas", "users", "words"), [(6, 3, NARROW), (4, 1, NARROW), (9, 5, MID_TREAD)]
)
def test_writer_makes_every_table_of_every_cell(antennas, users, words):
    """All words, each written once, only in the cycles that the products leave."""
    g, rng = geometry(antennas, users, words), np.random.default_rng(users)
    writer, model, coin = TableWriter(g), TableModel(g), random.Random(2)
    halve = 2 if g.table_scale == 2 else 1

    async def bench(ctx):
        for bank in (1, 0):
            h = random_channel(g.spec, rng)
            ctx.set(writer.bank, bank)
            ctx.set(writer.start, 1)
            answers, idle, ends = [(0, 0)] * 2, [(0, 0)] * g.turn_cycles, 0
            for cycle in range(20_000):
                model.step(ctx.get(writer.operand), writing := ctx.get(writer.writing))
                assert writing.bank == bank
                # The idle cycles that count: those g.turn_cycles before.
                assert not writing.writes_backward or idle[0][0], cycle
                assert not writing.writes_forward or idle[0][1], cycle
                ends += ctx.get(writer.done)
                if ends:
                    break
                idle = [*idle[1:], (coin.randrange(2), coin.random() < 0.7)]
                ctx.set(writer.backward_idle, idle[-1][0])
                ctx.set(writer.forward_idle, idle[-1][1])
                user, antenna = ctx.get(writer.user), ctx.get(writer.antenna)
                present = user < users and antenna < antennas
                real, imaginary = h[user, antenna] if present else (-halve, halve)  # garbage
                answers.append((int(real) // halve, int(imaginary) // halve))
                await ctx.tick()
                ctx.set(writer.start, 0)
                ctx.set(writer.real, answers[-2][0])
                ctx.set(writer.imaginary, answers[-2][1])
            assert ends == 1
            model.check(h, bank)
            await ctx.tick()
            assert not ctx.get(writer.done)

    simulate(writer, bench)
    assert model.writes == 2 * sum(128 if table.forward else 256 for table in tables(g))


def packed(g: Geometry, lanes) -> int:
    """A table word of both lanes."""
    mask = (1 << g.table_bits) - 1
    return sum((int(value) & mask) << lane * g.table_bits for lane, value in enumerate(lanes))


@pytest.mark.parametrize("size", [(4, 3, NARROW), (8, 5, NARROW), (16, 13, MID_TREAD)])
def test_backward_product_accumulates_planes(size):
    """Any table words: twice the sum so far and the next plane's words of all user groups."""
    g = geometry(*size)
    product, rng, timing = BackwardProduct(g), np.random.default_rng(size[1]), Timing(g)
    shape = (2, g.user_groups, 1 << INDEX_BITS, GROUP)
    content = rng.integers(-g.table_maximum, g.table_maximum + 1, shape)
    content[:, :, 7] = g.table_maximum  # index 7 in every plane: the largest sum there is
    # Times of the schedule, from the first plane's first index on.
    clear, take, values = (
        t - timing.planes_out
        for t in (timing.accumulated - 2, timing.values - 1, timing.values)
    )
    assert product.share_cycles == 3
    vectors = [(int(rng.integers(2)), rng.integers(0, 256, (g.backward_cycles, g.user_groups)))
               for _ in range(6)]  # fmt: skip
    vectors[1][1][:] = 7
    period, found = max(g.backward_cycles, CELL_VALUES) + 3, {}

    async def bench(ctx):
        for bank in range(2):
            for table in (t for t in tables(g) if not t.forward):
                group = 2 * table.number + table.half
                for address in range(1 << INDEX_BITS):
                    lanes = content[bank, group, address, PAIRS * table.pair :][:PAIRS]
                    which = PAIRS * table.number + table.pair
                    ctx.set(product.word, packed(g, lanes))
                    ctx.set(product.control, dict(
                        indices=[address] * g.user_groups, table_bank=bank, bank=1 - bank,
                        table_group=table.half, build={"write_backward": 1 << which},
                    ))  # fmt: skip
                    await ctx.tick()
        for cycle in range(period * (len(vectors) + 2) + 12):
            number, place = divmod(cycle, period)
            control = {"indices": rng.integers(0, 256, g.user_groups).tolist()}
            if number < len(vectors) and place < g.backward_cycles:
                bank, indices = vectors[number]
                control |= dict(indices=indices[place].tolist(), bank=bank, table_bank=bank)
            control["clear"] = int((cycle - clear) % period < 2)
            control["take"] = int((cycle - take) % period < 2)
            ctx.set(product.word, int(rng.integers(1 << PAIRS * g.table_bits)))
            ctx.set(product.control, control)
            number, place = divmod(cycle - values, period)
            if 0 <= number < len(vectors) and place < CELL_VALUES:
                found[number, place] = ctx.get(product.value)
            await ctx.tick()

    simulate(product, bench)
    largest = 0
    for number, (bank, indices) in enumerate(vectors):
        shares = content[bank, np.arange(g.user_groups), indices].sum(axis=1)  # (cycles, antennas)
        weights = 1 << np.arange(g.plane_count)[::-1]
        for part in range(2):
            due = weights @ shares[part::2]
            assert [found[number, 2 * a + part] for a in range(GROUP)] == due.tolist()
            largest = max(largest, due.max())
    assert largest == g.g_maximum


@pytest.mark.parametrize("users", [2, 4, 5])
def test_forward_product_adds_its_share(users):
    """Any table words, of which half are kept: the sum at an inverted index is the negative."""
    g = geometry(8, users)
    product, rng = ForwardProduct(g), np.random.default_rng(users)
    content = rng.integers(-g.table_maximum, g.table_maximum + 1,
                           (2, g.passes, g.forward_tables, 128, PAIRS))  # fmt: skip
    content[0, 0, :, :3] = g.table_maximum
    limit = (1 << (g.chain_bits - 1)) - 1 - g.table_maximum
    assert product.latency_cycles == 4
    cycles, sets = 250, []

    def share(bank, pass_, table, lane, index) -> int:
        top = index >> 7 & 1
        word = content[bank, pass_, table, ~index & 127 if top else index, lane]
        return int(-word if top else word)

    async def bench(ctx):
        for bank, pass_, table, address in np.ndindex(2, g.passes, g.forward_tables, 128):
            ctx.set(product.bank, bank)
            ctx.set(product.pass_, pass_)
            ctx.set(product.write, 1 << table)
            ctx.set(product.address, address)
            ctx.set(product.word, packed(g, content[bank, pass_, table, address]))
            await ctx.tick()
        ctx.set(product.write, 0)
        codes, turned, before = [0] * CELL_VALUES, 0, []
        for cycle in range(cycles):
            load = cycle % 23 == 0
            iterate = rng.integers(0, 1 << g.x_bits, CELL_VALUES).tolist()
            bank, pass_ = int(rng.integers(2)), int(rng.integers(g.passes))
            sums = rng.integers(-limit, limit + 1, (g.lanes, 2)).tolist()
            for port, value in (("load", load), ("iterate", iterate), ("bank", bank),
                                ("pass_", pass_), ("i", sums)):  # fmt: skip
                ctx.set(getattr(product, port), value)
            # The top bit of every code, then the one below it, and round again.
            plane = [code >> (g.x_bits - 1 - turned) & 1 for code in codes]
            re, im = plane[0::2], plane[1::2]
            bits = [[b for pair in zip(re, (1 - i for i in im), strict=True) for b in pair],
                    [b for pair in zip(im, re, strict=True) for b in pair]]  # fmt: skip
            before.append((bank, pass_, [sum(b << k for k, b in enumerate(x)) for x in bits]))
            sets.append(sums)
            if cycle > 4:
                bank, pass_, indices = before[cycle - 4]
                for user, part in np.ndindex(g.lanes, 2):
                    own = share(bank, pass_, *divmod(user, PAIRS), indices[part])
                    due = sets[cycle - 1][user][part] + own
                    assert ctx.get(product.o[user][part]) == due, (cycle, user, part)
            codes, turned = (iterate, 0) if load else (codes, (turned + 1) % g.x_bits)
            await ctx.tick()

    simulate(product, bench)
