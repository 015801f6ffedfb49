"""A check node: the minimum and the sign of all others for every edge, and what it maps to."""

import math

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.direct import relax
from hw.lib.arithmetic import signed_bits
from hw.lib.delay import delayed
from hw.lib.magnitude import Binary, Thermometer, tree
from quant.spec import Relaxation

GROUP = 4  # members of a thermometer group: both its minima are one look-up table a bit


class CheckNode(wiring.Component):
    """Balanced tree of two minima over the edges, then per edge level, sign and relaxation.

    Parameters
    ----------
    code : how a magnitude index is coded
    levels : per edge, per class of iterations, the level in APP LSB of every index
    bits : per edge the width of its stored message
    relaxation : None, or how a stored message moves
    cuts : registers inside: 1 in front of the levels, 2 also between groups and their tree

    Members
    -------
    x, negative : per edge what its variable tells
    left : with ``relaxation``, per edge what is left of its old message
    classes : one-hot, which class of iterations the frame is in; with one class only it is absent
    messages : ``m0`` .. stored messages

    Attributes
    ----------
    latency_cycles : ``cuts``
    """

    def __init__(
        self,
        code: Thermometer | Binary,
        levels: list[list[tuple[int, ...]]],
        bits: list[int],
        relaxation: Relaxation | None,
        cuts: int,
    ):
        self.code, self.levels, self.bits = code, levels, bits
        self.relaxation, self.cuts, self.latency_cycles = relaxation, cuts, cuts
        stored = data.StructLayout({f"m{i}": signed(width) for i, width in enumerate(bits)})
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
        code, degree = self.code, len(self.levels)
        x, negative = [self.x[i] for i in range(degree)], self.negative
        groups, lonely = self._groups(degree), degree == 1
        merges = iter(range(degree))

        def merged(a, b):
            return self._wires(m, [code.merged(a, b)], f"merged{next(merges)}_")[0]

        minima = [tree([(x[i], None) for i in group], merged) for group in groups]
        minima = self._cut(m, minima, self.cuts == 2, "group")
        pairs = self._wires(m, code.outside(minima), "outside")
        pairs = self._cut(m, pairs, self.cuts >= 1, "pair")
        odd = self._wires(m, [(negative.xor(),)], "product")
        odd = self._cut(m, odd, self.cuts == 2, "odd")
        odd = self._cut(m, odd, self.cuts >= 1, "parity")[0][0]
        early = self._cut(m, [(value, None) for value in x], self.cuts == 2, "early")
        late = self._cut(m, early, self.cuts >= 1, "late")
        negative = delayed(m, negative, self.cuts, "negative")
        classes = delayed(m, self.classes, self.cuts, "class") if hasattr(self, "classes") else None
        for group, (m1, m2) in zip(groups, pairs, strict=True):
            for i in group:
                least = Signal(code.width, name=f"least{i}")
                found = code.largest if lonely else code.extrinsic(late[i][0], m1, m2)
                m.d.comb += least.eq(found)
                new = self._level(m, i, least, odd ^ negative[i], classes)
                if self.relaxation:
                    left = delayed(m, self.left[f"m{i}"], self.cuts, f"left{i}")
                    new = relax.updated(left, new, self.relaxation)
                m.d.comb += self.messages[f"m{i}"].eq(new)
        return m

    def _groups(self, degree: int) -> list[range]:
        """Members in balanced groups."""
        size = GROUP if isinstance(self.code, Thermometer) else math.isqrt(degree - 1) + 1
        count = -(-degree // size)
        ends = [degree * g // count for g in range(count + 1)]
        return [range(a, b) for a, b in zip(ends, ends[1:], strict=False)]

    def _wires(self, m: Module, pairs: list, name: str) -> list:
        """The same values under names of their own: an expression is written out where it is used.

        One object in several places stays one.
        """
        made = {}
        for i, pair in enumerate(pairs):
            if id(pair) not in made:
                made[id(pair)] = tuple(Signal.like(v, name=f"{name}{i}_{j}")
                                       for j, v in enumerate(pair))  # fmt: skip
                m.d.comb += [wire.eq(v) for wire, v in zip(made[id(pair)], pair, strict=True)]
        return [made[id(pair)] for pair in pairs]

    def _cut(self, m: Module, pairs: list, wanted: bool, name: str) -> list:
        """Registers for pairs of values; None stays None."""
        if not wanted:
            return pairs
        return [
            tuple(
                None if value is None else delayed(m, value, 1, f"{name}{i}_{j}")
                for j, value in enumerate(pair)
            )
            for i, pair in enumerate(pairs)
        ]

    def _level(self, m: Module, edge: int, least, negative, classes):
        """Signed level of an edge: per class one small table of index and sign."""
        tables = self.levels[edge]
        shape = signed(signed_bits(max(max(table) for table in tables)))
        result = None
        for number, table in enumerate(tables):
            above = self.code.choose(least, list(table), shape)
            below = self.code.choose(least, [-level for level in table], shape)
            value = Mux(negative, below, above)
            result = value if result is None else Mux(classes[number], value, result)
        level = Signal(shape, name=f"level{edge}")
        m.d.comb += level.eq(result)
        return level
