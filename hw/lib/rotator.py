"""Circular shift network for any number of lanes."""

from functools import reduce
from itertools import islice
from operator import or_

from amaranth.hdl import Const, Module, Mux, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delay_taps
from hw.lib.shift_plan import ShiftPlan


def moved(lane: int, step: int, ring: int) -> int:
    """Number of the element ``step`` places behind ``lane`` in its ring of ``ring`` elements."""
    return lane - lane % ring + (lane + step) % ring


class Rotator(wiring.Component):
    """``o[i] = i[(i + shift) % lanes]``, pipelined, one word a cycle.

    One stage of look-up tables after the other, as its ``plan`` says, two between two registers.

    Words may also be ``rings`` of ``lanes`` elements one behind the other, all turned alike.

    Parameters
    ----------
    plan : the stages, for a ring of ``lanes`` elements. Where it is open, the word comes as two
        copies of which one is 0, and the parent makes the last stage part of what comes next
    width : bits of an element
    open_stage : leave out the last stage, a rotation by one lane; so it is where the plan is open
    late_reach : a second word joins on the way, to be turned by less than this; at least 2 with
        ``open_stage``, 0 without such a word. Only one of the two words may be other than 0. It
        joins behind a stage of two or three ways, whose look-up tables have a free input, so that
        this choice between two words costs none.
    rings : of a word
    first_done : the first stage has been done to ``i`` (:mod:`hw.lib.rotating_memory`); the other
        stages stay where they are

    Members
    -------
    shift : controls of the plan; for stages of two ways the shift itself
    far : only where the plan is open: element i is ``o[i] | far[(i + 1) % lanes]`` of its ring
    late : only with ``late_reach``, ``late_cycles`` after ``i``

    Attributes
    ----------
    latency_cycles : from ``i``, ``shift`` to ``o``; 0 for one lane
    late_cycles : from ``i`` to ``late``
    """

    def __init__(
        self,
        plan: ShiftPlan,
        width: int,
        open_stage: bool = False,
        late_reach: int = 0,
        rings: int = 1,
        first_done: bool = False,
    ):
        self.plan, self.lanes = plan, plan.lanes
        self.width, self.rings, self.first_done = width, rings, first_done
        self.open_stage, self.late_reach = open_stage or plan.open, late_reach
        self.closed = max(0, len(plan.stages) - self.open_stage)
        self.latency_cycles = self.latency_of(plan.lanes, self.open_stage)
        self._behind = self._registers()
        self._join = plan.late_stage(late_reach) if late_reach else None
        self.late_cycles = self._cycle(self._join - 1) if self._join else 0
        word = data.ArrayLayout(unsigned(width), rings * self.lanes)
        members = {"i": In(word), "shift": In(max(1, plan.control_bits)), "o": Out(word)}
        members |= {"far": Out(word)} if plan.open else {}
        super().__init__(members | ({"late": In(word)} if late_reach else {}))

    @staticmethod
    def latency_of(lanes: int, open_stage: bool = False) -> int:
        """``latency_cycles`` of a rotator without building one; the same for every plan."""
        stages = max(0, (lanes - 1).bit_length() - open_stage)
        return -(-stages // 2)

    def _registers(self) -> set[int]:
        """Stages with a register behind them; copies are registers too."""
        if not self.plan.copies:
            return {n for n in range(self.closed) if n % 2 or n + 1 == self.closed}
        copied = (n for n, stage in enumerate(self.plan.stages) if stage.copied)
        behind = {self.closed - 1, *(n - 1 for n in copied)}
        others = (n for n in reversed(range(self.closed)) if n not in behind)
        return behind | set(islice(others, self.latency_cycles - len(behind)))

    def _cycle(self, stage: int) -> int:
        """Registers between ``i`` and a stage."""
        return sum(number < stage for number in self._behind)

    def elaborate(self, platform):
        m = Module()
        taps = delay_taps(m, self.shift, self.latency_cycles, "shift")
        stages = self.plan.stages
        # The widest rotation comes first: it is the one whose wires cross the whole die.
        word = self._joined(self.i, 0)
        copies = self._copies(m, word, 0, taps[0]) if not self.closed else [word]
        for number, stage in enumerate(stages[: self.closed]):
            controls = taps[self._cycle(number)]
            turned = copies[0]
            if number or not self.first_done:
                turned = self._turned(copies, stage, controls[self.plan.field(number)])
            turned = self._joined(turned, number + 1)
            copies = self._copies(m, turned, number + 1, controls, number in self._behind)
        m.d.comb += [self.o[lane].eq(element) for lane, element in enumerate(copies[0])]
        if self.plan.open and stages:
            m.d.comb += [self.far[lane].eq(element) for lane, element in enumerate(copies[1])]
        return m

    def _copies(self, m: Module, elements, number: int, controls, registered=False) -> list:
        """The word for a stage, in registers or not: once, or once for each of its ways."""
        holds = [Const(0, 1)]
        if any(stage.copied for stage in self.plan.stages[number : number + 1]):
            holds = controls[self.plan.field(number)]
        word = data.ArrayLayout(unsigned(self.width), self.rings * self.lanes)
        domain, copies = m.d.sync if registered else m.d.comb, []
        for copy, hold in enumerate(holds):
            held = Signal(word, name=f"before{number}_{copy}", reset_less=registered)
            for lane, element in enumerate(elements):
                domain += held[lane].eq(Mux(hold, 0, element))
            copies.append(held)
        return copies

    def _turned(self, copies: list, stage, controls) -> list:
        """The word behind a stage; all copies but one are 0."""

        def at(copy, step: int) -> list:
            lanes = range(self.rings * self.lanes)
            return [copy[moved(lane, step, self.lanes)] for lane in lanes]

        if stage.copied:
            ways = (at(copy, way * stage.amount) for way, copy in enumerate(copies))
            return [reduce(or_, lane) for lane in zip(*ways, strict=True)]
        turns = zip(at(copies[0], stage.amount), at(copies[0], 0), strict=True)
        return [Mux(controls[0], far, near) for far, near in turns]

    def _joined(self, elements, stages: int) -> list:
        """``elements`` behind that many stages, with the late word if it is there that it joins."""
        if stages != self._join:
            return list(elements)
        return [element | late for element, late in zip(elements, self.late, strict=True)]
