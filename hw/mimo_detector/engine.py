"""The array with its control and the users' estimates that feed it: all rounds."""

from amaranth.hdl import Array as Choice
from amaranth.hdl import Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import BlockMemory
from hw.mimo_array.array import Array
from hw.mimo_array.array_controller import ArrayController
from hw.mimo_array.bundle import operand_layout
from hw.mimo_array.counter import WindowCounter
from hw.mimo_array.geometry import ceil_log2
from hw.mimo_array.planes import Planes
from hw.mimo_array.received import received_layout
from hw.mimo_array.writer import writing_layout
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.stage import DetectorStage
from hw.mimo_detector.symbol_estimate import SymbolEstimate
from hw.mimo_detector.timing import Timing
from hw.mimo_detector.words import result_bits


class Engine(wiring.Component):
    """Members
    -------
    begin, slot : the first window of a vector with this slot begins
    banks, valid : of each slot's vector: buffer of its channel; there is one
    received : y of the vector that enters, to the cells
    writing, operand : from the table writer
    results : [unit][part] of users, when ``result`` strobes ; ``finished``, ``finished_slot`` : the
        vector's last ones ; ``saturated`` : with ``finished``, some r left its word
    """

    def __init__(self, geometry: Geometry, timing: Timing, stage: DetectorStage):
        self.geometry, self.timing, self.stage = geometry, timing, stage
        g = geometry
        pair = data.ArrayLayout(result_bits(g), 2)
        super().__init__(
            {
                "begin": Out(1),
                "slot": Out(range(timing.slots)),
                "banks": In(timing.slots),
                "valid": In(timing.slots),
                "received": In(received_layout(g)),
                "writing": In(writing_layout(g)),
                "operand": In(operand_layout(g)),
                "results": Out(data.ArrayLayout(pair, g.units)),
                "result": Out(1),
                "finished": Out(1),
                "finished_slot": Out(range(timing.slots)),
                "saturated": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, timing, stage = self.geometry, self.timing, self.stage
        m.submodules.planes = planes = Planes(g, stage)
        m.submodules.array = array = Array(g, timing, stage)
        m.submodules.controller = controller = ArrayController(g, timing, stage)
        m.submodules.estimate = estimate = SymbolEstimate(g)
        m.d.comb += [
            planes.load.eq(controller.load),
            planes.turn.eq(controller.turn),
            planes.imaginary.eq(controller.imaginary),
            controller.indices.eq(planes.indices),
            controller.banks.eq(self.banks),
            controller.writing.eq(self.writing),
            array.control.eq(controller.control),
            array.operand.eq(self.operand),
            array.received.eq(self.received),
            array.x.eq(array.x_o),
            estimate.sums.eq(array.sums),
            self.begin.eq(controller.load & controller.matched),
            self.slot.eq(controller.slot),
        ]
        self._feed(m, estimate)
        m.d.comb += planes.residual.eq(self._symbols(m, estimate))
        return m

    def _counter(self, m: Module, name: str, start_cycles: int) -> WindowCounter:
        counter = WindowCounter(self.geometry, self.timing, self.stage, start_cycles)
        m.submodules[name] = counter
        return counter

    def _feed(self, m: Module, estimate: SymbolEstimate) -> None:
        """Strobes and constants of the round; every one is a register, so its counter is ahead."""
        g, timing = self.geometry, self.timing
        begins = [c % g.x_bits == 0 and c < g.forward_cycles for c in range(g.window)]
        sums = self._counter(m, "sums", timing.sums_out - 1)
        complete = self._counter(m, "complete", timing.items - 2)
        gains = self._counter(m, "gains", timing.items - 1)
        tables = self._counter(m, "tables", timing.items + 4)
        shape = signed(g.gain_bits)
        # A register where the rounds are counted and one where the units are.
        gain, first = Signal(shape), Signal()
        m.d.sync += [
            gain.eq(Choice(Const(gain, shape) for gain in g.gains)[gains.round_]),
            first.eq(gains.round_ == 0),
            estimate.first_plane.eq(Choice(map(int, begins))[sums.cycle]),
            estimate.take.eq(Choice(map(int, begins))[complete.cycle]),
            estimate.gain.eq(gain),
            estimate.first.eq(first),
            estimate.table_round.eq(tables.round_),
        ]

    def _symbols(self, m: Module, estimate: SymbolEstimate):
        """x of the round: into memory for the next round's r, and to the planes; or results."""
        g, timing = self.geometry, self.timing
        read = self._counter(m, "read", timing.items - 2)
        store = self._counter(m, "store", timing.words_out - 1)
        moves = self._counter(m, "moves", timing.symbols_ready - 1)
        words = data.ArrayLayout(g.w_bits, g.units)
        m.submodules.memory = memory = BlockMemory(words, timing.slots << ceil_log2(g.window))
        address = Signal(memory.address_bits)
        place = len(store.cycle)
        now = Signal(range(g.window))
        slot = Signal(range(timing.slots))
        present = Signal()
        is_item = [c % g.x_bits < 2 * g.unit_users and c < g.forward_cycles
                   for c in range(g.window)]  # fmt: skip
        item = Choice(map(int, is_item))[store.cycle]
        x = Signal(words, reset_less=True)
        m.d.comb += (new.eq(word[: g.w_bits]) for new, word in zip(x, estimate.words, strict=True))
        m.d.sync += [
            address.eq(read.cycle | (read.slot << place)),
            now.eq(store.cycle),
            slot.eq(store.slot),
            present.eq(item),
        ]
        m.d.comb += [
            memory.r_addr.eq(address),
            memory.w_addr.eq(now | (slot << place)),
            memory.w_data.eq(x),
            memory.w_en.eq(present),
            estimate.old.eq(memory.r_data),
        ]
        self._finish(m, estimate, now, store, present)
        return self._held(m, x, store, moves)

    def _held(self, m: Module, x, store: WindowCounter, moves: WindowCounter):
        """Symbols of all users side by side, until the planes take them."""
        g, timing = self.geometry, self.timing
        code = data.ArrayLayout(g.w_bits, 2)
        held = [Signal(code, name=f"held{user}", reset_less=True) for user in range(g.users)]
        strobes = {}
        for pass_ in range(g.passes):
            for k in range(2 * g.unit_users):
                strobe = Signal(name=f"store{pass_}_{k}")
                m.d.sync += strobe.eq(store.cycle == pass_ * g.x_bits + k)
                strobes[pass_, k] = strobe
        for user, register in enumerate(held):
            pass_, lane = divmod(user, g.lanes)
            i, unit = divmod(lane, g.units)
            for part in range(2):
                with m.If(strobes[pass_, 2 * i + part]):
                    m.d.sync += register[part].eq(x[unit])
        move = Signal()
        m.d.sync += move.eq(moves.cycle == 0)
        for number in range(timing.holds):
            later = [Signal(code, name=f"hold{number}_{user}", reset_less=True)
                     for user in range(g.users)]  # fmt: skip
            with m.If(move):
                m.d.sync += [new.eq(old) for new, old in zip(later, held, strict=True)]
            held = later
        whole = Signal(data.ArrayLayout(code, g.users), name="symbols")
        m.d.comb += [place.eq(register) for place, register in zip(whole, held, strict=True)]
        return whole

    def _finish(
        self, m: Module, estimate: SymbolEstimate, now, store: WindowCounter, present
    ) -> None:
        """The last round's words, both parts of a user together, and what became of r."""
        g, timing = self.geometry, self.timing
        last, vector, starts, earlier = Signal(), Signal(), Signal(), Signal()
        slot, before = Signal(range(timing.slots)), Signal(timing.slots)
        # A vector's rounds are windows apart, so that what the last one left is there before.
        m.d.sync += [
            last.eq(store.round_ == self.stage.final),
            starts.eq(store.cycle == 0),
            earlier.eq((store.round_ != 0) & Choice(before)[store.slot]),
            vector.eq(Choice(self.valid)[store.slot]),
            slot.eq(store.slot),
        ]
        beyond, running, found = Signal(), Signal(), Signal()
        ends = now == timing.last_item
        m.d.sync += [beyond.eq(estimate.beyond), running.eq(found)]  # in time with the words
        m.d.comb += found.eq(Mux(starts, earlier, running) | (beyond & present))
        with m.If(ends):
            m.d.sync += Choice(before)[slot].eq(found)
        is_second = [c % g.x_bits % 2 for c in range(g.window)]
        whole = last & vector & present
        m.d.sync += [
            self.result.eq(whole & Choice(is_second)[now]),
            self.finished.eq(whole & ends),
            self.finished_slot.eq(slot),
            self.saturated.eq(found),
        ]
        # A real part waits for the imaginary part behind it.
        for unit, result in enumerate(self.results):
            word = estimate.words[unit][: len(result[0])]
            real = Signal.like(word, name=f"real{unit}", reset_less=True)
            m.d.sync += [real.eq(word), result[0].eq(real), result[1].eq(word)]
