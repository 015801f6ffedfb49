# amaranth: UnusedElaboratable=no
# Rates are asked of cores that nobody elaborates.
"""Several cores behind one pair of ports: frames go to the first free one."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring

from hw.frame import status
from hw.frame.collect import COLLECTORS, InOrder, OutOfOrder
from hw.frame.guard import BeatCount
from hw.frame.pins import PinQueue
from hw.frame.ports import core_ports
from hw.frame.shell import QUEUE, Shell
from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.lib.round_robin import round_robin
from hw.verilog.names import module_name

_TO_QUEUE = 3
"""Cycles from the room of a queue to the beat that is sent because of it."""


def one_of(component):
    """The core in a shell, or one of the equal ones where there are several."""
    core = component.core if isinstance(component, Shell) else component
    return core.cores[0] if isinstance(core, Cores) else core


def all_of(cores: Sequence, order: str):
    """One core that is all of them."""
    return Cores(cores, order) if len(cores) > 1 else cores[0]


def facts(component: Shell, top: str) -> dict:
    """What shell and cores say in build.json, for Verilog with module ``top``.

    ``latency_cycles`` bounds a frame that finds the cores idle, from its last input beat to its
    last output beat without back-pressure. ``user_fields`` are [lowest bit, width] of the fields of
    ``m_axis_tuser``; ``last_input_bytes`` and ``last_output_bytes``, only with ``tkeep``, are those
    of the last beats that mean something. With several cores ``mapped_once`` names the module of
    which all are instances.
    """
    form = component.format
    found = {
        "input_beats_per_frame": form.input_beats,
        "output_beats_per_frame": form.output_beats,
        "latency_cycles": component.latency_cycles,
        "user_fields": status.places(form.user),
    }
    if "m_axis_tkeep" in component.signature.members:
        found["last_input_bytes"] = form.last_input_bytes
        found["last_output_bytes"] = form.last_output_bytes
    if isinstance(component.core, Cores):
        found["cores"] = len(component.core.cores)
        found["mapped_once"] = module_name(top, *component.path, "core", "core0")
    return found


class Cores(wiring.Component):
    """Equal cores with the ports of one.

    A frame goes whole to the first core, in rotation, that has room for one; a collector
    (:mod:`hw.frame.collect`) brings the answers back, in the order of the input or each as soon as
    it is there. Marks travel with their frames. Queues to every core and skid buffers from it cut
    the paths across the device.

    Parameters
    ----------
    cores : at least two, made alike; each with what :class:`hw.frame.shell.Shell` asks of a core,
        and ``stream_cycles_per_frame``
    order : of the answers, of :mod:`hw.frame.collect`

    Attributes
    ----------
    latency_cycles : as of a core, when all of them are idle
    """

    input_stage = QUEUE

    def __init__(self, cores: Sequence, order: str):
        self.cores, self.order = list(cores), order
        one = self.cores[0]
        self.options = one.options
        self.format, self.value_of = one.format, one.value_of
        super().__init__(core_ports(self.format))

    @property
    def latency_cycles(self) -> int:
        # Pins, two registers and a queue; a register, up to three to choose whose answer leaves,
        # one more and a queue out.
        ways = PinQueue.latency_cycles + 2 + 1 + 3 + 1 + 2 * ElasticQueue.latency_cycles
        return self.cores[0].latency_cycles + ways

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when each takes ``iterations``."""
        one = self.cores[0]
        # The stream goes from core to core with one cycle in between.
        streams = one.stream_cycles_per_frame + 1
        return max(one.cycles_per_frame(iterations) / len(self.cores), streams)

    def elaborate(self, platform):
        m = Module()
        collector = COLLECTORS[self.order](m, self)
        for number, core in enumerate(self.cores):
            m.submodules[f"core{number}"] = core
        self._distribute(m, collector)
        collector.collect(m)
        return m

    def _distribute(self, m: Module, collector: InOrder | OutOfOrder) -> None:
        """Frame after frame to a free core, and who got it to the collector.

        The queue in front of each core says early whether it has room, so that registers can stand
        between all decisions: the cores are all over the die.
        """
        count, beat = len(self.cores), self.format.beat
        chosen, open_, room = Signal(count), Signal(), Signal(count)
        moves, frame_ends, whole = Signal(), Signal(), Signal()
        moved = Signal(data.StructLayout({"beat": beat, "core": count}))
        m.submodules.beats = beats = BeatCount(self.format.input_beats)
        abort = self.i.payload.abort
        m.d.comb += [
            beats.taken.eq(moves),
            beats.restart.eq(abort),
            self.due.eq(beats.due),
            self.i.ready.eq(open_),
            self.room.eq(open_),
            moves.eq(self.i.valid & open_),
            frame_ends.eq(moves & (beats.due | abort)),
        ]
        m.d.sync += [
            open_.eq((chosen & room).any() & ~frame_ends),
            moved.beat.eq(self.i.payload),
            moved.core.eq(Mux(moves, chosen, 0)),
            whole.eq(moves & beats.due & ~abort),
        ]
        ends = Signal(count)
        for number, core in enumerate(self.cores):
            m.submodules[f"to_core{number}"] = queue = ElasticQueue(beat, _TO_QUEUE)
            last = core.due | queue.o.payload.abort
            m.d.comb += [
                room[number].eq(queue.room),
                queue.put.eq(delayed(m, moved.core[number], 1, f"put{number}", reset=True)),
                queue.i.eq(delayed(m, moved.beat, 1, f"beat{number}")),
            ]
            wiring.connect(m, queue.o, core.i)
            m.d.sync += ends[number].eq(queue.o.valid & queue.o.ready & last)
        self._choose(m, collector.room, chosen, frame_ends, ends)
        collector.note(m, whole, moved.core)

    def _choose(self, m: Module, room: Signal, chosen: Signal, frame_ends, ends) -> None:
        """``chosen``, the core of the frame that comes in, and already that of the one behind it.

        ends : one-hot, a core has taken the last beat of a frame
        """
        count = len(self.cores)
        following, taking, free = Signal(count), Signal(count), Signal(count)
        # Not one whose last frame is still on its way in: it may take the room that is left.
        has_room = Cat(core.room for core in self.cores)
        m.d.sync += free.eq(has_room & ~taking)
        choice, taken = Signal(count), Signal()
        m.d.comb += taken.eq(choice.any())
        first = round_robin(m, free, taken, cycles=2)
        m.d.sync += taking.eq((taking | choice) & ~ends)
        with m.If(~following.any() & room):
            m.d.comb += choice.eq(first & free)
        with m.If(frame_ends | ~chosen.any()):
            m.d.sync += [chosen.eq(following), following.eq(choice)]
        with m.Elif(taken):
            m.d.sync += following.eq(choice)
