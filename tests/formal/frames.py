"""Frame guard, beat count, and the shell's marks."""

from functools import partial

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring

from formal.bench import Bench
from formal.proofs import Proof, faults
from formal.streams import CONSTANT, STAYS, stable
from hw.frame import status
from hw.frame.guard import BeatCount, FrameGuard
from hw.frame.options import COUNT, TLAST
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import Shell

GOES = "a beat of a frame'so far right goes out"
BEHIND = "nothing of a frame that is too long goes out behind its abort"
TAKEN = "nothing goes out that is not taken"
SAME = "a beat that goes out is the one that came in"
ABORT = "abort where a frame's length is seen to be wrong"
STROBE = "one strobe of dropped for each abort"
WAITS = "what is swallowed waits for nobody"
READY = "ready where the core is"
DROPPED = "mark counts frames dropped before up to 15"
TAG = "tag is the number of the frame"
MARK = "mark is the same on all beats of a frame"
STROBES = "frame dropped strobes once for each abort"
VALUES = "values of the beat reach the core"
ANSWERS = "answers reach the port"


def _place(bench: Bench, moves, ends, most: int, name: str) -> Signal:
    """How many beats of a frame have moved, up to ``most``."""
    place = Signal(range(most + 1), name=name)
    with bench.m.If(moves):
        bench.m.d.sync += place.eq(Mux(ends, 0, Mux(place == most, most, place + 1)))
    return place


def _beat_count(beats: int, bench: Bench) -> None:
    block = BeatCount(beats)
    bench.block(block)
    bench.free_inputs(block)
    # How many beats ago the last frame ended is told by marks that move with the beats.
    line = Signal(beats, init=1)
    with bench.m.If(block.taken):
        first = block.restart | line[-1]
        bench.m.d.sync += line.eq(Cat(first, line & ~first.replicate(beats)))
    bench.always("due at a frame's last beat and at no other", block.due == line[-1])


def _guard(beats: int, counted: bool, bench: Bench, spoils: bool = False) -> None:
    """Who takes the beats counts them by a :class:`BeatCount`, as all cores do."""
    block, count = FrameGuard(4, counted, spoils), BeatCount(beats)
    bench.block(block)
    bench.block(count, "count")
    i, o = block.i, block.o
    source = {name: bench.free(shape, name) for name, shape in
              [("bits", 4), ("last", 1), ("valid", 1), ("ready", 1)]}  # fmt: skip
    leaves, taken = o.valid & o.ready, i.valid & i.ready
    bench.m.d.comb += [
        i.payload.bits.eq(source["bits"]), i.payload.last.eq(source["last"]),
        i.valid.eq(source["valid"]), o.ready.eq(source["ready"]),
        block.due.eq(count.due), count.taken.eq(leaves), count.restart.eq(o.payload.abort),
    ]  # fmt: skip
    ends = i.payload.last
    if counted:
        ends = Signal()
    place = _place(bench, taken, ends, beats, "place")
    if counted:
        bench.m.d.comb += ends.eq(place == beats - 1)
    last = place == beats - 1
    within, right = place < beats, ends == last
    if spoils:
        # A beat makes its frame wrong; that is seen where the frame should end.
        now, as_last = bench.free(1, "spoils"), bench.free(1, "spoils_as_last")
        bench.m.d.comb += [i.payload.spoils.eq(now), i.payload.spoils_as_last.eq(as_last)]
        spoilt = Signal()
        with bench.m.If(taken):
            bench.m.d.sync += spoilt.eq((spoilt | now) & ~ends)
        right &= ~(last & (spoilt | as_last))
    bench.always(GOES, ~(taken & within) | leaves)
    bench.always(BEHIND, within | ~o.valid)
    bench.always(TAKEN, ~leaves | taken)
    bench.always(SAME, ~o.valid | (i.valid & (o.payload.bits == i.payload.bits)))
    bench.always(ABORT, ~leaves | (o.payload.abort == ~right))
    bench.always(STROBE, block.dropped == bench.past(leaves & o.payload.abort))
    bench.always(WAITS, within | i.ready)
    bench.always(READY, ~o.ready | i.ready)
    # AXI4-Stream promises of the source, for this alone.
    waits = bench.past(i.valid & ~i.ready)
    kept = Value.cast(i.payload) == bench.past(Value.cast(i.payload))
    bench.assume(~waits | (i.valid & kept))
    stable(bench, o)


class _Core(wiring.Component):
    """What the shell asks of a core; its ports are driven by the bench."""

    input_stage = None
    latency_cycles = 1

    def __init__(self, beats: int, bench: Bench, frame_end: str):
        self.format = FrameFormat(
            values=2 * beats, values_per_beat=2, value_bits=3, bits=4, bits_per_beat=2,
            mark=status.marks(tagged=True),
        )  # fmt: skip
        self.options = type("Options", (), {"frame_end": frame_end})
        self.beats, self.bench = beats, bench
        super().__init__(core_ports(self.format))

    def value_of(self, m: Module, byte):
        return byte[:3]

    def elaborate(self, platform):
        m, bench = Module(), self.bench
        m.submodules.count = count = BeatCount(self.beats)
        m.d.comb += [
            count.taken.eq(self.i.valid & self.i.ready),
            count.restart.eq(self.i.payload.abort),
            self.due.eq(count.due),
            self.i.ready.eq(bench.free(1, "core_ready")),
            self.o.valid.eq(bench.free(1, "core_valid")),
            Value.cast(self.o.payload).eq(
                bench.free(len(Value.cast(self.o.payload)), "core_answer")
            ),
        ]
        return m


def _shell(frame_end: str, bench: Bench) -> None:
    core = _Core(3, bench, frame_end)
    shell = Shell(core)
    bench.block(shell)
    bench.free_inputs(shell)
    i, o = core.i, core.o
    takes = i.valid & i.ready
    aborts, whole = takes & i.payload.abort, takes & ~i.payload.abort & core.due
    # Since reset: frames that were dropped since a whole one; whole ones.
    dropped = Signal(8)
    frames = Signal(8)
    with bench.m.If(whole):
        bench.m.d.sync += [dropped.eq(0), frames.eq(frames + 1)]
    with bench.m.Elif(aborts & (dropped != 15)):
        bench.m.d.sync += dropped.eq(dropped + 1)
    mark = i.payload.mark
    bench.always(DROPPED, ~i.valid | (mark.dropped == dropped))
    bench.always(TAG, ~i.valid | (mark.tag == frames))
    inside = Signal()
    with bench.m.If(takes):
        bench.m.d.sync += inside.eq(~(core.due | i.payload.abort))
    marked = bench.past(Value.cast(mark))
    bench.always(MARK,
                 ~inside | (Value.cast(mark) == marked))  # fmt: skip
    bench.always(STROBES,
                 shell.frame_dropped == bench.past(aborts))  # fmt: skip
    bytes_in = [shell.s_axis_tdata.word_select(n, 8) for n in range(2)]
    values = Cat(byte[:3] for byte in bytes_in)
    bench.always(VALUES, ~i.valid | (Value.cast(i.payload.values) == values))
    bench.always(ANSWERS, Cat(
        shell.m_axis_tvalid == o.valid, o.ready == shell.m_axis_tready,
        shell.m_axis_tdata == o.payload.bits, shell.m_axis_tlast == o.payload.last,
        shell.m_axis_tuser == Cat(o.payload.status.decoded, o.payload.status.iterations,
                                  o.payload.mark.dropped, o.payload.mark.tag),
    ).all())  # fmt: skip


_COUNT = faults(
    "hw.frame.guard",
    ("due_at_a_frame_s_last_beat_and_at_no_other", "self.due | self.restart", "self.due"),
    ("due_at_a_frame_s_last_beat_and_at_no_other", "self.beats - 1)\n        with m.If(self.taken)",
     "self.beats - 1)\n        with m.If(self.taken | self.restart)"),
)  # fmt: skip
_GUARD = faults(
    "hw.frame.guard",
    (GOES, "swallowing.eq(self.due & ~last)", "swallowing.eq(self.due)"),
    (BEHIND, "swallowing.eq(self.due & ~last)", "swallowing.eq(0)"),
    (TAKEN, "self.o.valid.eq(self.i.valid & passing)", "self.o.valid.eq(passing)"),
    (SAME, "bits.eq(self.i.payload.bits)", "bits.eq(self.i.payload.bits ^ self.dropped)"),
    (ABORT, "abort.eq(wrong)", "abort.eq(wrong & ~last)"),
    (STROBE, "accepted & passing & wrong", "accepted & wrong"),
    (WAITS, "self.i.ready.eq(self.o.ready | swallowing)", "self.i.ready.eq(self.o.ready)"),
    (READY, "self.i.ready.eq(self.o.ready | swallowing)",
     "self.i.ready.eq(self.o.ready & passing)"),
    (STAYS, "with m.Elif(accepted)", "with m.Else()"),
    (CONSTANT, "abort.eq(wrong)", "abort.eq(wrong ^ self.dropped)"),
)  # fmt: skip
_SHELL = faults(
    "hw.frame.shell",
    (DROPPED, "with m.Elif(aborts & ~dropped.all())", "with m.Elif(aborts)"),
    (TAG, "tag.eq(tag + taken)", "tag.eq(tag + taken + aborts)"),
    (MARK, "tag.eq(tag + taken)", "tag.eq(tag + core.i.valid)"),
    (STROBES, "self.frame_dropped.eq(guard.dropped)",
     "self.frame_dropped.eq(guard.dropped & core.i.valid)"),
    (VALUES, "self.s_axis_tdata.word_select(number, 8)",
     "self.s_axis_tdata.word_select(form.values_per_beat - 1 - number, 8)"),
    (ANSWERS, "Cat(core.o.payload.status, core.o.payload.mark)",
     "Cat(core.o.payload.mark, core.o.payload.status)"),
)  # fmt: skip

PROOFS = [
    Proof("BeatCount", partial(_beat_count, 3), "3 beats", _COUNT),
    *(Proof("BeatCount", partial(_beat_count, n), f"{n} beats") for n in (1, 2, 8)),
    Proof("FrameGuard", partial(_guard, 3, False), "3 beats", _GUARD),
    *(Proof("FrameGuard", partial(_guard, n, False), f"{n} beats") for n in (1, 2, 8)),
    *(Proof("FrameGuard", partial(_guard, n, True), f"counted, {n} beats") for n in (1, 5)),
    Proof(
        "FrameGuard",
        partial(_guard, 3, False, spoils=True),
        "3 beats that may be in error",
        faults("hw.frame.guard", (ABORT, "now & ~last", "now & ~self.due")),
    ),
    Proof("FrameGuard", partial(_guard, 3, True, spoils=True), "counted, 3 beats, in error"),
    Proof("Shell", partial(_shell, TLAST), "tlast", _SHELL),
    Proof("Shell", partial(_shell, COUNT), "counted"),
]
