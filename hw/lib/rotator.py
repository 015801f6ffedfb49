"""Circular shift network for any number of lanes."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delay_taps


def moved(lane: int, step: int, ring: int) -> int:
    """Number of the element ``step`` places behind ``lane`` in its ring of ``ring`` elements."""
    return lane - lane % ring + (lane + step) % ring


class Rotator(wiring.Component):
    """``o[i] = i[(i + shift) % lanes]``, pipelined, one word a cycle.

    One stage of 2:1 multiplexers per bit of the shift. Shifts add modulo ``lanes``, so the
    stage of bit k rotates by ``2^k % lanes`` and any lane count works.

    Words may also be ``rings`` of ``lanes`` elements one behind the other, all turned alike.

    Parameters
    ----------
    lanes : elements of a ring
    width : bits of an element
    stages_per_register : multiplexer stages between two registers
    open_stage : leave the last stage, a rotation by one lane, to the parent, who can make it part
        of what comes next: the word is ``o`` moved by ``odd``
    late_bits : a second word joins behind the stages of the higher bits; at least 1 with
        ``open_stage``. Only one of the two words may be other than 0. A stage has a free input in
        its look-up tables, so that this choice between two words costs none.
    rings : of a word
    first_done : the stage of the highest bit of ``shift`` has been done to ``i``
        (:class:`hw.lib.turned_memory.TurnedMemory`); the other stages stay where they are

    Members
    -------
    odd : only with ``open_stage``, with ``o``: element i is ``o[(i + odd) % lanes]`` of its ring
    late : only with ``late_bits``, ``late_cycles`` after ``i``: turned by those bits of ``shift``

    Attributes
    ----------
    latency_cycles : from ``i``, ``shift`` to ``o``; 0 for one lane
    late_cycles : from ``i`` to ``late``
    """

    def __init__(
        self,
        lanes: int,
        width: int,
        stages_per_register: int = 2,
        open_stage: bool = False,
        late_bits: int = 0,
        rings: int = 1,
        first_done: bool = False,
    ):
        self.lanes, self.width, self.rings, self.first_done = lanes, width, rings, first_done
        self.stages = (lanes - 1).bit_length()
        self.stages_per_register, self.open_stage = stages_per_register, open_stage
        self.latency_cycles = self.latency_of(lanes, stages_per_register, open_stage)
        self.late_bits = late_bits
        self._before_late = max(0, self.stages - late_bits)
        self.late_cycles = max(0, self._before_late - 1) // stages_per_register
        word = data.ArrayLayout(unsigned(width), rings * lanes)
        members = {"i": In(word), "shift": In(max(1, self.stages)), "o": Out(word)}
        members |= {"odd": Out(1)} if open_stage else {}
        super().__init__(members | ({"late": In(word)} if late_bits else {}))

    @staticmethod
    def latency_of(lanes: int, stages_per_register: int = 2, open_stage: bool = False) -> int:
        """``latency_cycles`` of a rotator without building one."""
        stages = max(0, (lanes - 1).bit_length() - open_stage)
        return -(-stages // stages_per_register)

    def elaborate(self, platform):
        m = Module()
        word = data.ArrayLayout(unsigned(self.width), self.rings * self.lanes)
        shifts = delay_taps(m, self.shift, self.latency_cycles, "shift")
        current = self._joined(self.i, 0)
        closed = max(0, self.stages - self.open_stage)
        # The widest rotation comes first: it is the one whose wires cross the whole die.
        for number, bit in enumerate(reversed(range(self.stages - closed, self.stages))):
            select = shifts[number // self.stages_per_register][bit]
            step = (1 << bit) % self.lanes
            last_of_group = (number + 1) % self.stages_per_register == 0
            registered = last_of_group or number + 1 == closed
            rotated = Signal(word, name=f"stage{number}", reset_less=registered)
            domain = m.d.sync if registered else m.d.comb
            turned = current
            if number or not self.first_done:
                turned = [
                    Mux(select, current[moved(lane, step, self.lanes)], current[lane])
                    for lane in range(self.rings * self.lanes)
                ]
            for lane, element in enumerate(self._joined(turned, number + 1)):
                domain += rotated[lane].eq(element)
            current = rotated
        m.d.comb += [self.o[lane].eq(element) for lane, element in enumerate(current)]
        if self.open_stage:
            m.d.comb += self.odd.eq(shifts[-1][0] if self.stages else 0)
        return m

    def _joined(self, elements, stages: int) -> list:
        """``elements`` behind that many stages, with the late word if it is there that it joins."""
        if not self.late_bits or stages != self._before_late:
            return list(elements)
        return [element | late for element, late in zip(elements, self.late, strict=True)]
