"""A check node: the minimum and the sign of all others for every edge, and what it maps to."""

from amaranth.hdl import Cat, Elaboratable, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.direct import relax
from hw.direct.extrinsic_min import extrinsic_min
from hw.direct.messages import Values, stored_bits
from hw.lib.arithmetic import signed_bits
from hw.lib.delay import delayed
from hw.lib.magnitude import Binary, Thermometer
from quant.spec import Relaxation


class CheckNode(wiring.Component):
    """Minimum of all others, then per edge level, sign and relaxation.

    Parameters
    ----------
    code : how a magnitude index is coded
    levels : per edge, per class of iterations, the level in APP LSB of every index
    values : per edge what its message can be
    relaxation : None, or how a stored message moves
    cuts : registers inside: the first stands in front of an edge's choice among the minima and its
        level, four more in the search for minima, the sixth between choice and level

    Members
    -------
    x, negative : per edge what its variable tells
    left : with ``relaxation``, per edge what is left of its old message
    classes : one-hot, which class of iterations the frame is in; with one class only it is absent
    messages : ``m0`` .. stored messages, halves (v - 1) / 2 where all values are odd

    Attributes
    ----------
    latency_cycles : ``cuts``
    made_of : all parameters
    """

    def __init__(
        self,
        code: Thermometer | Binary,
        levels: list[list[tuple[int, ...]]],
        values: list[Values],
        relaxation: Relaxation | None,
        cuts: int,
    ):
        self.made_of = code, levels, values, relaxation, cuts
        self.code, self.levels, self.values = code, levels, values
        self.relaxation, self.cuts, self.latency_cycles = relaxation, cuts, cuts
        fraction = relaxation.frac_bits if relaxation else 0
        stored = data.StructLayout(
            {f"m{i}": signed(stored_bits(v, fraction)) for i, v in enumerate(values)}
        )
        degree, classes = len(levels), len(levels[0])
        super().__init__(
            {
                "x": In(data.ArrayLayout(code.width, degree)),
                "negative": In(degree),
                **({"left": In(stored)} if relaxation else {}),
                **({"classes": In(classes)} if classes > 1 else {}),
                "messages": Out(stored),
            }
        )

    def elaborate(self, platform):
        m = Module()
        degree = len(self.levels)
        apart = self.cuts > 5
        before = self.cuts - apart  # cycles until an edge chooses
        m.submodules.outside = outside = Outside(self.code, degree, max(0, before - 1))
        m.submodules.answers = answers = Answers(
            self.code, self.levels, self.values, self.relaxation, apart
        )
        last = min(1, self.cuts)
        m.d.comb += [wire.eq(self.x[i]) for i, wire in enumerate(outside.x)]
        m.d.comb += outside.negative.eq(self.negative)
        for i, (x, sign) in enumerate(zip(answers.x, outside.sign, strict=True)):
            m.d.comb += [
                x.eq(delayed(m, self.x[i], before, f"x{i}")),
                answers.sign[i].eq(delayed(m, sign, last, f"sign{i}")),
                self.messages[f"m{i}"].eq(answers.messages[i]),
            ]
            if self.relaxation:
                left = delayed(m, self.left[f"m{i}"], before, f"left{i}")
                m.d.comb += answers.left[i].eq(left)
        for i, (wire, to) in enumerate(zip(outside.seen, answers.seen, strict=True)):
            m.d.comb += to.eq(delayed(m, wire, last, f"outside{i}"))
        if answers.classes is not None:
            m.d.comb += answers.classes.eq(delayed(m, self.classes, before, "class"))
        return m


class Outside(Elaboratable):
    """What edges need to know of the others, and everybody's sign.

    A module apart from :class:`Answers`: mapped as one, what is needed often would be made often.

    Attributes
    ----------
    x, negative : in, as in :class:`CheckNode`
    seen : out, values that ``extrinsic_min(code, degree).least`` takes
    sign : out, per edge the sign of its answer
    """

    def __init__(self, code: Thermometer | Binary, degree: int, cuts: int):
        self.ways, self.cuts = extrinsic_min(code, degree), cuts
        self.x = [Signal(code.width, name=f"x{i}") for i in range(degree)]
        self.negative = Signal(degree)
        self.seen = [Signal(code.width, name=f"seen{i}") for i in range(self.ways.seen_count)]
        self.sign = [Signal(name=f"sign{i}") for i in range(degree)]

    def elaborate(self, platform):
        self._m = m = Module()
        self._names = 0
        seen = self.ways.seen(self.x, self.cuts, self._wire, self._cut)
        m.d.comb += [wire.eq(v) for wire, v in zip(self.seen, seen, strict=True)]
        odd = delayed(m, self._wire(self.negative.xor()), self.cuts, "odd")
        negative = delayed(m, self.negative, self.cuts, "negative")
        m.d.comb += [sign.eq(odd ^ negative[i]) for i, sign in enumerate(self.sign)]
        return m

    def _wire(self, value: Value) -> Signal:
        """The same value under a name of its own: an expression is written out where it is used."""
        wire = Signal.like(value, name=f"wire{self._names}")
        self._names += 1
        self._m.d.comb += wire.eq(value)
        return wire

    def _cut(self, value: Value) -> Signal:
        self._names += 1
        return delayed(self._m, value, 1, f"cut{self._names}")


class Answers(Elaboratable):
    """Per edge its smallest index of the others, level, sign and relaxation.

    Attributes
    ----------
    x, sign, left, classes : in ; seen : in, from :class:`Outside`
    messages : out, a cycle later with ``apart``: a register between choice and level
    """

    def __init__(self, code, levels, values, relaxation, apart: bool):
        degree, classes = len(levels), len(levels[0])
        self.code, self.levels, self.relaxation, self.wait = code, levels, relaxation, int(apart)
        self.odd = [v.odd for v in values]
        fraction = relaxation.frac_bits if relaxation else 0
        bits = [stored_bits(v, fraction) for v in values]
        self.ways = extrinsic_min(code, degree)
        self.x = [Signal(code.width, name=f"x{i}") for i in range(degree)]
        self.seen = [Signal(code.width, name=f"seen{i}") for i in range(self.ways.seen_count)]
        self.sign = [Signal(name=f"sign{i}") for i in range(degree)]
        self.left = [Signal(signed(b), name=f"left{i}") for i, b in enumerate(bits)]
        self.classes = Signal(classes) if classes > 1 else None
        self.messages = [Signal(signed(b), name=f"message{i}") for i, b in enumerate(bits)]

    def elaborate(self, platform):
        m, wait = Module(), self.wait
        classes = None if self.classes is None else delayed(m, self.classes, wait, "class")
        for i, message in enumerate(self.messages):
            least = Signal(self.code.width, name=f"least{i}")
            found = self.ways.least(self.x, i, self.seen)
            m.d.comb += least.eq(found if len(self.x) > 1 else self.code.largest)
            chosen = delayed(m, least, wait, f"least{i}")
            new = self._level(m, i, chosen, delayed(m, self.sign[i], wait, f"sign{i}"), classes)
            if self.relaxation:
                left = delayed(m, self.left[i], wait, f"left{i}")
                new = relax.updated(left, new, self.relaxation)
            m.d.comb += message.eq(new)
        return m

    def _level(self, m: Module, edge: int, least: Value, sign: Value, classes) -> Value:
        """Signed level of an edge: per class one small table of index and sign."""
        tables = self.levels[edge]
        odd = int(self.odd[edge])
        shape = signed(signed_bits(max(max(table) for table in tables)) - odd)
        found = []
        for number, table in enumerate(tables):
            value = Signal(shape, name=f"level{edge}_{number}")
            above, below = [level >> odd for level in table], [-level >> odd for level in table]
            if isinstance(self.code, Thermometer):
                sides = (self.code.choose(least, side, shape) for side in (below, above))
                m.d.comb += value.eq(Mux(sign, *sides))
            else:
                with m.Switch(Cat(least, sign)):
                    for address, level in enumerate(above + below):
                        with m.Case(address):
                            m.d.comb += value.eq(level)
            found.append(value)
        result = found[0]
        for number, value in enumerate(found[1:], 1):
            result = Mux(classes[number], value, result)
        return result
