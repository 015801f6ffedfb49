"""Circular shift network for rings of several lengths (:mod:`hw.lib.grouped_plan`)."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Shape, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delay_taps
from hw.lib.grouped_plan import GroupedPlan
from hw.lib.rotating_memory import RotatingMemory
from hw.lib.rotator import moved
from hw.lib.shift_plan import Stage


class GroupedMemory(wiring.Component):
    """The first stage of a plan: a :class:`hw.lib.rotating_memory.RotatingMemory` for each group.

    Parameters
    ----------
    plan : of the rotator behind it
    word : array of lanes, group behind group
    depth, stored_bits : as of ``RotatingMemory``

    Members
    -------
    r_turn : with ``r_addr``, the controls of stage 0
    """

    latency_cycles = RotatingMemory.latency_cycles

    def __init__(self, plan: GroupedPlan, word: data.ArrayLayout, depth: int, stored_bits: int):
        self.plan, self.word = plan, word
        first, part = plan.stages[0], data.ArrayLayout(word.elem_shape, plan.unit)
        self.parts = [
            RotatingMemory(part, plan.unit, first.amount, depth, stored_bits, first.ways)
            for _ in range(plan.groups)
        ]
        address = len(self.parts[0].r_addr)
        turn = plan.field(0)
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(word),
                "r_addr": In(address),
                "r_turn": In(turn.stop - turn.start),
                "r_data": Out(word),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = Shape.cast(self.word.elem_shape).width * self.plan.unit
        for group, part in enumerate(self.parts):
            m.submodules[f"group{group}"] = part
            m.d.comb += [
                part.w_en.eq(self.w_en),
                part.w_addr.eq(self.w_addr),
                part.w_data.eq(self.w_data.as_value().word_select(group, bits)),
                part.r_addr.eq(self.r_addr),
                part.r_turn.eq(self.r_turn[self.plan.place(0, group)]),
                self.r_data.as_value().word_select(group, bits).eq(part.r_data.as_value()),
            ]
        return m


class GroupedRotator(wiring.Component):
    """All stages of a plan but the first, which memory does, and the last, which is left open.

    Pipelined, one word a cycle. There is a register in front of every stage with copies, and at
    most two look-up tables between two registers.

    Parameters
    ----------
    plan : the stages
    width : bits of an element

    Members
    -------
    i : the word, group behind group, behind stage 0; in a lane no ring has, it does not matter
    shift : controls of the plan
    o, far : lane l of a group is ``o`` of lane l or ``far`` of the next one of the group
    late : ``late_cycles`` after ``i``, another word, for the stages behind ``plan.join``. Only one
        of the two may be other than 0.

    Attributes
    ----------
    latency_cycles : from ``i``, ``shift`` to ``o``, ``far``
    late_cycles : from ``i`` to ``late``
    first_done : as of :class:`hw.lib.rotator.Rotator`
    """

    first_done = True

    def __init__(self, plan: GroupedPlan, width: int):
        self.plan, self.width = plan, width
        self._registered = self._registers(plan)
        self.latency_cycles = self.latency_of(plan)
        self.late_cycles = sum(number <= plan.join for number in self._registered)
        word = self._word()
        super().__init__(
            {
                "i": In(word),
                "shift": In(plan.control_bits),
                "late": In(word),
                "o": Out(word),
                "far": Out(word),
            }
        )

    def _word(self) -> data.ArrayLayout:
        return data.ArrayLayout(unsigned(self.width), self.plan.unit * self.plan.groups)

    @classmethod
    def latency_of(cls, plan: GroupedPlan) -> int:
        """``latency_cycles`` of a rotator without building one."""
        return len(cls._registers(plan)) + 1

    @staticmethod
    def _registers(plan: GroupedPlan) -> set[int]:
        """Stages with a register in front."""
        registered, tables = {1}, 1
        for number, stage in enumerate(plan.stages[1:-1], 2):
            if stage.copied or tables == 2:
                registered.add(number)
                tables = 0
            tables += 1
        return registered

    def elaborate(self, platform):
        m = Module()
        plan, cycle = self.plan, 0
        taps = delay_taps(m, self.shift, self.latency_cycles - 1, "shift")
        inner = dict(enumerate(plan.stages[1:-1], 2))
        word = list(self.i)
        for number in (1, *inner):
            controls, stage = taps[cycle][plan.field(number)], inner.get(number)
            if number in self._registered:
                copied = stage is None or stage.copied
                copies = self._copies(m, word, number, controls if copied else None)
                cycle += 1
            else:
                copies = [word]
            controls = taps[cycle][plan.field(number)]
            if stage is None:
                word = self._permuted(copies)
            else:
                word = self._turned(copies, stage, controls)
            if number == plan.join:
                word = [element | late for element, late in zip(word, self.late, strict=True)]
        last = len(plan.stages)
        copies = self._copies(m, word, last, taps[cycle][plan.field(last)])
        for out, copy in zip((self.o, self.far), copies, strict=True):
            m.d.comb += [out[lane].eq(element) for lane, element in enumerate(copy)]
        return m

    def _copies(self, m: Module, elements: list, number: int, controls) -> list:
        """The word in a register; with ``controls`` one for each way of a stage, held at 0."""
        ways = 1 if controls is None else len(controls) // self.plan.groups
        copies = []
        for copy in range(ways):
            held = Signal(self._word(), name=f"before{number}_{copy}", reset_less=True)
            for lane, element in enumerate(elements):
                if controls is not None:
                    group = lane // self.plan.unit
                    element = Mux(controls[self.plan.place(number, group)][copy], 0, element)
                m.d.sync += held[lane].eq(element)
            copies.append(held)
        return copies

    def _permuted(self, copies: list) -> list:
        """Copy c of a group is for the group that is c places before it."""
        plan = self.plan
        lanes = plan.unit * plan.groups
        return [
            reduce(or_, (copy[(lane + c * plan.unit) % lanes] for c, copy in enumerate(copies)))
            for lane in range(lanes)
        ]

    def _turned(self, copies: list, stage: Stage, controls) -> list:
        """The word behind a stage; all copies but one of a group are 0."""
        unit, found = self.plan.unit, []
        for lane in range(unit * self.plan.groups):
            turned = [moved(lane, way * stage.amount, unit) for way in range(stage.ways)]
            if stage.copied:
                ways = zip(copies, turned, strict=True)
                found.append(reduce(or_, (copy[element] for copy, element in ways)))
            else:
                far = controls[lane // unit]
                found.append(Mux(far, copies[0][turned[1]], copies[0][turned[0]]))
        return found
