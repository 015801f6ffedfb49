"""Stages of one or two entries."""

from formal.bench import Bench
from formal.proofs import Proof, faults
from formal.streams import CONSTANT, ENTRIES, INSIDE, MOVES, PHANTOM, PLACE, STAYS, through
from hw.lib.skid import SkidBuffer
from hw.lib.stage import StreamRegister, StreamStage

WIDTH = 8
AGAIN = "ready_in_the_cycle_after_something_was_taken"
WHILE = "ready_while_something_is_taken"


def _stage(kind, capacity: int, bench: Bench):
    block = kind(WIDTH)
    bench.block(block)
    bench.free_inputs(block)
    through(bench, block.i, block.o, capacity, latency=1)
    return block


def _skid(bench: Bench) -> None:
    block = _stage(SkidBuffer, 2, bench)
    bench.always("ready in the cycle after something was taken",
                 ~bench.past(block.o.ready) | block.i.ready)  # fmt: skip


def _half(bench: Bench) -> None:
    block = _stage(StreamStage, 1, bench)
    bench.always("ready in the cycle after something was taken",
                 ~bench.past(block.o.ready & block.o.valid) | block.i.ready)  # fmt: skip


def _register(bench: Bench) -> None:
    block = _stage(StreamRegister, 1, bench)
    bench.always("ready while something is taken", ~block.o.ready | block.i.ready)


_SKID = faults(
    "hw.lib.skid",
    (STAYS, "with m.If(~self.o.valid | self.o.ready)", "with m.If(1)"),
    (CONSTANT, "with m.If(~self.o.valid | self.o.ready)", "with m.If(~self.i.ready | 1)"),
    (PHANTOM, "self.o.valid.eq(waiting | self.i.valid)", "self.o.valid.eq(1)"),
    (INSIDE, "self.o.valid.eq(waiting | self.i.valid)", "self.o.valid.eq(1)"),
    (ENTRIES, "self.i.ready.eq(~waiting)", "self.i.ready.eq(1)"),
    (PLACE, "payload.eq(Mux(waiting, spare, self.i.payload))", "payload.eq(self.i.payload)"),
    (MOVES, "self.o.valid.eq(waiting | self.i.valid)", "self.o.valid.eq(self.i.valid)"),
    (AGAIN, "                waiting.eq(0),\n", ""),
)
_HALF = faults(
    "hw.lib.stage",
    (STAYS, "with m.Elif(self.o.ready):\n            m.d.sync += full.eq(0)",
     "with m.Else():\n            m.d.sync += full.eq(0)"),
    (CONSTANT, "        with m.If(~full):\n            m.d.sync += [payload.eq(self.i.payload), "
     "full.eq(self.i.valid)]",
     "        m.d.sync += payload.eq(self.i.payload)\n        with m.If(~full):\n"
     "            m.d.sync += full.eq(self.i.valid)"),
    (PHANTOM, "self.o.valid.eq(full)", "self.o.valid.eq(1)"),
    (INSIDE, "self.o.valid.eq(full)", "self.o.valid.eq(1)"),
    (ENTRIES, "self.i.ready.eq(~full)", "self.i.ready.eq(1)"),
    (PLACE, "self.i.ready.eq(~full)", "self.i.ready.eq(~full | self.o.ready)"),
    (MOVES, "self.o.valid.eq(full)", "self.o.valid.eq(full & self.o.ready)"),
    (AGAIN, "with m.Elif(self.o.ready):", "with m.Elif(self.o.ready & ~self.i.valid):"),
)  # fmt: skip
_REGISTER = faults(
    "hw.lib.stage",
    (STAYS, "with m.If(self.i.ready):", "with m.If(1):"),
    (CONSTANT, "with m.If(self.i.ready):", "with m.If(self.i.ready | self.i.valid):"),
    (PHANTOM, "self.o.valid.eq(self.i.valid)]", "self.o.valid.eq(1)]"),
    (INSIDE, "self.o.valid.eq(self.i.valid)]", "self.o.valid.eq(1)]"),
    (ENTRIES, "self.i.ready.eq(~self.o.valid | self.o.ready)", "self.i.ready.eq(1)"),
    (PLACE, "with m.If(self.i.ready):\n            m.d.sync += [payload.eq(self.i.payload),",
     "m.d.sync += payload.eq(self.i.payload)\n        with m.If(self.i.ready):\n"
     "            m.d.sync += ["),
    (MOVES, "self.o.valid.eq(self.i.valid)]",
     "self.o.valid.eq(self.i.valid & self.i.payload[0])]"),
    (WHILE, "self.i.ready.eq(~self.o.valid | self.o.ready)", "self.i.ready.eq(~self.o.valid)"),
)  # fmt: skip

PROOFS = [
    Proof("SkidBuffer", _skid, faults=_SKID),
    Proof("StreamStage", _half, faults=_HALF),
    Proof("StreamRegister", _register, faults=_REGISTER),
]
