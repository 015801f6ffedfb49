"""The tables of a new channel: operands for all cells' builders, then the steps they all take."""

from dataclasses import dataclass

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.mimo_array.bundle import build_layout, operand_layout, place_bits
from hw.mimo_array.channel import COUNT_BITS, ChannelMemory
from hw.mimo_array.geometry import GROUP, INDEX_BITS, PAIRS, ArrayGeometry

READS = GROUP * PAIRS  # channel entries of a table word


@dataclass(frozen=True)
class Table:
    """One table that every cell has.

    forward : of the forward product; ``number`` of the memory, ``half`` (the pass, or the user
        group's port) and ``pair`` of antennas (backward) say which
    user : first of its users ; base : row of the channel memory where its matrix begins
    """

    forward: int
    number: int
    half: int
    pair: int
    user: int
    base: int = 0


def tables(g: ArrayGeometry) -> list[Table]:
    """All tables of a cell in the order in which they are written."""
    backward = [
        Table(0, k // 2, k % 2, pair, GROUP * k)
        for k in range(g.user_groups)
        for pair in range(PAIRS)
    ]
    first = 0 if g.matrices == 1 else 1
    forward = [
        Table(
            1, number, m * g.passes_depth + p, 0, p * g.lanes + PAIRS * number,
            (first + m) * g.users,
        )
        for m in range(g.forward_matrices)
        for number in range(g.forward_tables)
        for p in range(g.passes)
    ]  # fmt: skip
    return backward + forward


def writing_layout(g: ArrayGeometry) -> data.StructLayout:
    """What a table writer adds to the control of a cycle.

    build : the turn for the word after next, and which tables take a word now
    writes_backward : the indices of this cycle are ``address``
    half : pass or user group's port of the table that takes a word
    """
    return data.StructLayout(
        {
            "build": build_layout(g),
            "writes_backward": 1,
            "writes_forward": 1,
            "address": INDEX_BITS,
            "half": max(1, (max(table.half for table in tables(g))).bit_length()),
            "bank": 1,
        }
    )


class TableWriter(wiring.Component):
    """Reads the channel memory, feeds all builders, and writes in the arrays' idle cycles.

    Members
    -------
    start, bank : write all tables of this buffer; ``done`` strobes when it is complete
    backward_idle, forward_idle : the products' tables are idle in ``geometry.turn_cycles`` + 1
        cycles
    user, antenna, real, imaginary : read port of the channel memory; ``user`` is its row
    operand : to the chain, registered
    writing : for the control, to be registered there
    forward_due : where there are several matrices: a forward table waits for idle cycles
    saturated : where table words can saturate: groups whose tables do for some signs, at ``done``
    """

    def __init__(self, geometry: ArrayGeometry):
        self.geometry = g = geometry
        code = signed(g.h_bits)
        self.table_list = tables(g)
        super().__init__(
            {
                "start": In(1),
                "bank": In(1),
                "done": Out(1),
                "backward_idle": In(1),
                "forward_idle": In(1),
                "user": Out(place_bits(g.rows)),
                "antenna": Out(place_bits(g.antennas)),
                "real": In(code),
                "imaginary": In(code),
                "operand": Out(operand_layout(g)),
                "writing": Out(writing_layout(g)),
                **({"forward_due": Out(1)} if g.matrices > 1 else {}),
                **({"saturated": Out(COUNT_BITS)} if g.saturates else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        number = Signal(range(len(self.table_list)))
        table = self._table(m, number)
        cell, read = Signal(range(g.cells)), Signal(range(READS + 1))
        step = Signal(INDEX_BITS)
        final_step = Mux(table.forward, (1 << (INDEX_BITS - 1)) - 1, (1 << INDEX_BITS) - 1)
        reading, stepping = Signal(), Signal()
        stepped = Signal()
        m.d.comb += [
            reading.eq(0),
            stepping.eq(0),
            stepped.eq(stepping & Mux(table.forward, self.forward_idle, self.backward_idle)),
        ]
        if g.matrices > 1:
            m.d.sync += self.forward_due.eq(stepping & table.forward)
        settle = Signal(range(16))
        m.d.sync += self.done.eq(0)
        with m.FSM():
            with m.State("idle"):
                m.d.sync += [number.eq(0), cell.eq(0), read.eq(0), step.eq(0)]
                with m.If(self.start):
                    m.next = "look up"
            with m.State("look up"):
                m.next = "read"
            with m.State("read"):
                m.d.comb += reading.eq(1)
                m.d.sync += [read.eq(Mux(read == READS, 0, read + 1)), settle.eq(15)]
                with m.If(read == READS):
                    m.d.sync += cell.eq(Mux(cell == g.cells - 1, 0, cell + 1))
                    with m.If(cell == g.cells - 1):
                        m.next = "settle"
            with m.State("settle"):  # the last operands reach the chain before the first step
                m.d.sync += settle.eq(settle - 1)
                with m.If(settle == 0):
                    m.next = "step"
            with m.State("step"):
                m.d.comb += stepping.eq(1)
                with m.If(stepped):
                    m.d.sync += step.eq(step + 1)
                    with m.If(step == final_step):
                        m.d.sync += [step.eq(0), number.eq(number + 1)]
                        m.next = "look up"
                        with m.If(number == len(self.table_list) - 1):
                            m.d.sync += settle.eq(15)
                            m.next = "finish"
            with m.State("finish"):
                m.d.sync += settle.eq(settle - 1)
                with m.If(settle == 0):
                    m.d.sync += self.done.eq(1)
                    m.next = "idle"
        self._operands(m, table, cell, read, reading)
        self._steps(m, table, step, stepped)
        return m

    def _table(self, m: Module, number):
        """The fields of the table ``number``, a cycle later."""
        g = self.geometry
        layout = data.StructLayout(
            {
                "forward": 1,
                "number": range(max(t.number for t in self.table_list) + 1),
                "half": range(max(t.half for t in self.table_list) + 1),
                "pair": range(PAIRS),
                "user": range(max(t.user for t in self.table_list) + 1),
                **({"base": range(g.rows)} if g.matrices > 1 else {}),
            }
        )
        current = Signal(layout)
        known = [
            layout.const({name: getattr(t, name) for name in layout.members})
            for t in self.table_list
        ]
        m.d.sync += current.eq(Array(Const.cast(c) for c in known)[number])
        return current

    def _operands(self, m: Module, table, cell, read, reading) -> None:
        """Entries of both lanes come one after the other; the builder gets them together."""
        g = self.geometry
        lane, item = read[0], read[1:3]
        user = table.user + Mux(table.forward, lane, item)
        antenna = Cat(Mux(table.forward, item, Cat(lane, table.pair)), cell)
        row = user + table.base if g.matrices > 1 else user
        m.d.sync += [self.user.eq(row), self.antenna.eq(antenna)]
        latency = 1 + ChannelMemory.latency_cycles
        present = (user < g.users) & (antenna < g.antennas)
        # Entries are registered once more: the memory is far from what adds them up.
        late = {
            name: delayed(m, value, latency + 1, f"{name}_late", reset=True)
            for name, value in (("valid", reading), ("read", read), ("cell", cell))
        }
        present = delayed(m, present, latency, "present_late", reset=True)
        arrived = late["read"]
        odd = g.h_mid_rise
        values = []
        for part, code in enumerate((self.real, self.imaginary)):
            value = Signal(1 + len(code), name=f"value{part}", reset_less=True)
            m.d.sync += value.eq(Mux(present, Cat(odd, code), 0))
            values.append(value)
        if g.saturates:
            self._count(m, late, values)
        entry = signed(g.operand_bits)
        first, second = (
            [Signal(entry, name=f"lane{lane_}_{part}") for part in range(2)] for lane_ in (0, 1)
        )
        for register, value in zip(first, values, strict=True):
            with m.If(~arrived[0]):
                m.d.sync += register.eq(value)
        for register, value in zip(second, values, strict=True):
            m.d.sync += register.eq(value)
        sums = [
            [Signal(signed(g.sum_bits + 1), name=f"total{n}_{part}") for part in range(2)]
            for n in range(PAIRS)
        ]
        for n in range(PAIRS):
            with m.If(late["valid"] & (arrived == READS)):
                m.d.sync += [total.eq(0) for total in sums[n]]
            with m.Elif(late["valid"] & (arrived[0] == n)):
                m.d.sync += [
                    total.eq(total - value.as_signed())
                    for total, value in zip(sums[n], values, strict=True)
                ]
        operand = self.operand
        m.d.sync += [operand.valid.eq(0), operand.first_sums.eq(0), operand.cell.eq(late["cell"])]
        imaginary_next = Signal()
        m.d.sync += imaginary_next.eq(0)
        with m.If(late["valid"] & arrived[0] & (arrived != READS)):
            m.d.sync += [
                operand.valid.eq(1),
                operand.operand.eq(Cat(0, arrived[1:3])),
                operand.lanes[0].eq(first[0]),
                operand.lanes[1].eq(values[0].as_signed()),
                imaginary_next.eq(1),
            ]
        with m.If(imaginary_next):
            # The cell's number is that of the read before: it changes only behind the last one.
            m.d.sync += [
                operand.valid.eq(1),
                operand.operand[0].eq(1),
                operand.lanes[0].eq(first[1]),
                operand.lanes[1].eq(second[1]),
                operand.cell.eq(operand.cell),
            ]
        total_next = Signal()
        m.d.sync += total_next.eq(late["valid"] & (arrived == READS))
        kept = [Signal(signed(g.sum_bits + 1), name=f"kept{n}") for n in range(PAIRS)]
        m.d.sync += [k.eq(re + im) for k, (re, im) in zip(kept, sums, strict=True)]
        with m.If(total_next):
            m.d.sync += [
                operand.valid.eq(1),
                operand.first_sums.eq(1),
                operand.lanes[0].eq(kept[0] >> 1),
                operand.lanes[1].eq(kept[1] >> 1),
                operand.cell.eq(operand.cell),
            ]

    def _count(self, m: Module, late: dict, values: list) -> None:
        """A group's largest sum over all signs is that of its magnitudes."""
        g = self.geometry
        limit = g.table_maximum * g.table_scale
        largest = Signal(range(2 * g.sizes.h_maximum + 1))
        lane, begins, added = Signal(), Signal(), Signal()
        m.d.sync += [
            largest.eq(sum(abs(value.as_signed()) for value in values)),
            lane.eq(late["read"][0]),
            begins.eq(late["read"][1:] == 0),
            added.eq(late["valid"] & (late["read"] != READS)),
        ]
        beyond = Signal(PAIRS)
        for n in range(PAIRS):
            peak = Signal(range(INDEX_BITS * g.sizes.h_maximum + 1), name=f"peak{n}")
            with m.If(added & (lane == n)):
                m.d.sync += peak.eq(Mux(begins, 0, peak) + largest)
            m.d.comb += beyond[n].eq(peak > limit)
        ends, more, count = Signal(), Signal(range(PAIRS + 1)), self.saturated
        total = count + more
        m.d.sync += [
            ends.eq(late["valid"] & (late["read"] == READS)),
            more.eq(Mux(ends, beyond[0] + beyond[1], 0)),
            count.eq(Mux(total >> COUNT_BITS != 0, (1 << COUNT_BITS) - 1, total)),
        ]
        with m.If(self.start):
            m.d.sync += count.eq(0)

    def _steps(self, m: Module, table, step, stepped) -> None:
        """Step n > 0 turns the operand of its lowest set bit; its address is its Gray code."""
        g, writing = self.geometry, self.writing
        gray = step ^ (step >> 1)
        operand = Signal(range(INDEX_BITS))
        for bit in reversed(range(INDEX_BITS)):
            with m.If(step[bit]):
                m.d.comb += operand.eq(bit)
        m.d.comb += [
            writing.build.turn.eq(stepped & (step != 0)),
            writing.build.operand.eq(operand),
            writing.build.minus.eq(~gray.bit_select(operand, 1)),
        ]

        def late(value, name: str):
            return delayed(m, value, g.turn_cycles, name, reset=True)

        backward = Signal(PAIRS * g.backward_tables)
        forward = Signal(g.forward_tables)
        for pair in range(PAIRS):
            for number in range(g.backward_tables):
                m.d.comb += backward[number * PAIRS + pair].eq(
                    stepped & ~table.forward & (table.number == number) & (table.pair == pair)
                )
        for number in range(g.forward_tables):
            m.d.comb += forward[number].eq(stepped & table.forward & (table.number == number))
        m.d.comb += [
            writing.build.write_backward.eq(late(backward, "backward")),
            writing.build.write_forward.eq(late(forward, "forward")),
            writing.writes_backward.eq(late(stepped & ~table.forward, "writes_backward")),
            writing.writes_forward.eq(late(stepped & table.forward, "writes_forward")),
            writing.address.eq(late(gray, "address")),
            writing.half.eq(late(table.half, "half")),
            writing.bank.eq(self.bank),
        ]
