# amaranth: UnusedElaboratable=no
# Rates are asked of cores that nobody elaborates.
"""Several decoders as one core: each frame goes to all of them, one answer comes out."""

from collections.abc import Sequence
from dataclasses import replace

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring

from hw.best_of.judge import Judge
from hw.frame.guard import BeatCount
from hw.frame.pins import PinQueue
from hw.frame.ports import core_ports
from hw.frame.shell import QUEUE
from hw.frame.status import DECODER, UNSATISFIED
from hw.lib.arithmetic import bits_for
from hw.lib.delay import lasting
from hw.lib.elastic import ElasticQueue
from hw.lib.reduce import picked
from hw.lib.skid import SkidBuffer
from quant.best_of.spec import BestOfSpec

MEMBER = "member"
"""Status field: number of the decoder whose result it is."""
_TO_QUEUE = 2
"""Cycles from the room of a queue to the beat that is sent because of it."""


class BestOf(wiring.Component):
    """Members: those of every core (:mod:`hw.frame.ports`), as one decoder has them.

    The answers of a frame wait for the slowest of its decoders; then they are judged
    (:class:`hw.best_of.judge.Judge`), and the beats of all move together, one's to the output. So a
    frame takes as long as the member that takes longest, whichever counts; and answers leave one
    every ``output_beats`` and the judge's cycles, which only unrolled decoders notice.

    Tasdighi and Yousefi 2025 (:mod:`quant.best_of`).

    Parameters
    ----------
    decoders : at least two that count odd checks, in the order of the spec's members, alike in
        their streams; the first one has the marks of frames

    Attributes
    ----------
    latency_cycles : as of a core, when all of them are idle
    """

    input_stage = QUEUE

    def __init__(self, spec: BestOfSpec, decoders: Sequence):
        self.spec, self.decoders = spec, list(decoders)
        one = self.decoders[0]
        self.options, self.value_of = one.options, one.value_of
        self.judge = Judge(len(self.decoders), one.format.status[UNSATISFIED])
        said = {**DECODER, MEMBER: bits_for(len(self.decoders))}
        self.format = replace(one.format, status=said)
        super().__init__(core_ports(self.format))

    @property
    def latency_cycles(self) -> int:
        # Pins, a register and a queue; a skid buffer, the judge and its register, a queue.
        way = PinQueue.latency_cycles + 1 + ElasticQueue.latency_cycles
        back = 1 + self.judge.latency_cycles + 2 + ElasticQueue.latency_cycles
        return max(decoder.latency_cycles for decoder in self.decoders) + way + back

    @property
    def stream_cycles_per_frame(self) -> int:
        """Clock cycles that the slower of the two streams takes for a frame."""
        sending = self.format.output_beats + self.judge.latency_cycles + 1
        return max(sending, *(decoder.stream_cycles_per_frame for decoder in self.decoders))

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when the member that takes longest takes
        ``iterations`` of every frame; members that wait for each other take a little more."""
        cycles = (decoder.cycles_per_frame(iterations) for decoder in self.decoders)
        return max(self.stream_cycles_per_frame, *cycles)

    def elaborate(self, platform):
        m = Module()
        for number, decoder in enumerate(self.decoders):
            m.submodules[f"decoder{number}"] = decoder
        self._distribute(m)
        self._judge(m)
        return m

    def _distribute(self, m: Module) -> None:
        """Beat after beat to all, as soon as each has a place for it."""
        m.submodules.beats = beats = BeatCount(self.format.input_beats)
        open_, moved, beat = Signal(), Signal(), Signal.like(self.i.payload, reset_less=True)
        free, arriving = [], [moved]
        for number, decoder in enumerate(self.decoders):
            shape = decoder.format.beat
            m.submodules[f"to_decoder{number}"] = queue = ElasticQueue(shape, _TO_QUEUE)
            wiring.connect(m, queue.o, decoder.i)
            m.d.comb += [
                queue.put.eq(moved),
                queue.i["values"].eq(beat["values"]),
                queue.i.abort.eq(beat.abort),
                *(queue.i.mark[name].eq(beat.mark[name]) for name in decoder.format.mark),
            ]
            free.append(queue.room)
            arriving.append(queue.o.valid)
        moves, behind = self.i.valid & open_, Cat(*arriving).any()
        m.d.comb += [
            beats.taken.eq(moves),
            beats.restart.eq(self.i.payload.abort),
            self.due.eq(beats.due),
            self.i.ready.eq(open_),
        ]
        m.d.sync += [
            open_.eq(Cat(*free).all()),
            # A frame whose beats are on their way may take the room that is left.
            self.room.eq(Cat(decoder.room for decoder in self.decoders).all() & ~behind & ~moves),
            moved.eq(moves),
            beat.eq(self.i.payload),
        ]

    def _judge(self, m: Module) -> None:
        """Once all have answered: whose beats leave, and all beats together."""
        m.submodules.judge = judge = self.judge
        m.submodules.output = leaving = ElasticQueue(self.format.answer, way=1)
        answers, here = [], []
        for number, decoder in enumerate(self.decoders):
            m.submodules[f"from_decoder{number}"] = skid = SkidBuffer(decoder.format.answer)
            wiring.connect(m, decoder.o, skid.i)
            answers.append(skid.o)
            here.append(skid.o.valid)
            said = skid.o.payload.status
            m.d.comb += [
                judge.verified[number].eq(said.decoded), judge.odd[number].eq(said[UNSATISFIED])
            ]
        # The heads stay until one is chosen, so the judge sees the same for as long as it takes.
        head, member, all_here = Signal(len(answers)), Signal.like(judge.o), Cat(*here).all()
        waits = lasting(m, all_here & ~head.any(), judge.latency_cycles, "waits")
        moves = all_here & head.any() & leaving.room
        first = answers[0].payload
        m.d.comb += [each.ready.eq(moves) for each in answers]
        beat = Signal(self.format.answer)
        with m.If(waits):
            m.d.sync += [head.eq(1 << judge.o), member.eq(judge.o)]
        with m.Elif(moves & first.last):
            m.d.sync += head.eq(0)
        m.d.sync += [
            leaving.put.eq(moves),
            beat.bits.eq(picked([each.payload.bits for each in answers], head)),
            beat.last.eq(first.last),
            beat.mark.eq(first.mark),
            beat.status[MEMBER].eq(member),
            *(
                beat.status[name].eq(picked([each.payload.status[name] for each in answers], head))
                for name in DECODER
            ),
        ]
        m.d.comb += leaving.i.eq(beat)
        wiring.connect(m, leaving.o, wiring.flipped(self.o))
