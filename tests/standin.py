"""A small stream core with a golden of its own, and the ways it can be wrong on purpose.

It stores a frame of ``BEATS`` 32-bit beats, then sends per beat the low byte xor 0x5A. Status:
decoded = parity of the first input byte, iterations = BEATS, dropped as every core counts it.
The highest byte of a frame's first beat selects a fault (0: none), so that one compiled core
serves every test.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import ClockDomain, Elaboratable, Module, Mux, Signal
from amaranth.lib.memory import Memory

from model import families
from quant.document import Document
from sim.stimulus.frames import Stimulus

BEATS = 12
KIND = "standin"
BUGS = (
    "none", "wrong_bit", "no_tlast", "hang", "status", "unstable", "extra", "keeps_wrong",
    "no_reset",
)
PORTS = (
    "clk", "rst", "s_axis_tdata", "s_axis_tvalid", "s_axis_tready", "s_axis_tlast",
    "m_axis_tdata", "m_axis_tvalid", "m_axis_tready", "m_axis_tlast", "m_axis_tuser",
    "frame_dropped",
)


class Standin(Elaboratable):
    """The core."""

    def __init__(self):
        widths = {"s_axis_tdata": 32, "m_axis_tdata": 8, "m_axis_tuser": 12}
        for name in PORTS:
            setattr(self, name, Signal(widths.get(name, 1), name=name))

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = domain = ClockDomain("sync")
        bug = Signal(8, reset_less=True)
        chosen = {name: bug == number for number, name in enumerate(BUGS)}
        m.d.comb += [domain.clk.eq(self.clk), domain.rst.eq(self.rst & ~chosen["no_reset"])]
        m.submodules.memory = memory = Memory(shape=8, depth=16, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        position, frames, dropped = Signal(4), Signal(8), Signal(4)
        overlong, unloading, parity = Signal(), Signal(), Signal()
        byte, last = self.s_axis_tdata[:8], position == BEATS - 1
        taken = self.s_axis_tvalid & self.s_axis_tready
        sent = self.m_axis_tvalid & self.m_axis_tready
        iterations = Mux(chosen["status"] & (frames == 4), BEATS + 1, BEATS)
        wrong_bit = chosen["wrong_bit"] & (frames == 3) & (position == 2)
        m.d.comb += [
            self.s_axis_tready.eq(~unloading & ~(chosen["hang"] & (frames == 5))),
            write.addr.eq(position), write.en.eq(taken), write.data.eq(byte ^ 0x5A),
            read.addr.eq(position),
            self.m_axis_tvalid.eq(unloading),
            self.m_axis_tdata.eq(read.data ^ (wrong_bit << 4)),
            self.m_axis_tlast.eq(last & ~chosen["no_tlast"]),
            self.m_axis_tuser.eq(parity | iterations << 1 | dropped << 8),
        ]
        with m.If(chosen["unstable"] & ~self.m_axis_tready):
            m.d.comb += self.m_axis_tdata.eq(0)
        m.d.sync += self.frame_dropped.eq(0)
        with m.If(taken):
            with m.If(position == 0):
                m.d.sync += [parity.eq(byte.xor()), bug.eq(self.s_axis_tdata[24:])]
            with m.If(self.s_axis_tlast):
                m.d.sync += [position.eq(0), overlong.eq(0)]
                with m.If(last & ~overlong | chosen["keeps_wrong"]):
                    m.d.sync += unloading.eq(1)
                with m.Else():
                    m.d.sync += [dropped.eq(dropped + (dropped != 15)), self.frame_dropped.eq(1)]
            with m.Elif(last):
                m.d.sync += overlong.eq(1)
            with m.Else():
                m.d.sync += position.eq(position + 1)
        with m.If(sent):
            m.d.sync += position.eq(position + 1)
            with m.If(last):
                m.d.sync += [
                    position.eq(0), dropped.eq(0), frames.eq(frames + 1),
                    unloading.eq(chosen["extra"] & (frames == 7)),
                ]
        return m


@dataclass(frozen=True)
class StandinSpec(Document):
    """The least that a spec is."""

    name: str = "standin"
    beats: int = BEATS
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = KIND

    @classmethod
    def arguments(cls, record: dict) -> dict:
        return {"beats": record["beats"]}


SPEC = StandinSpec
_selected = {"bug": "none"}


def stimulus(spec, build, frames, ebn0_db, seed) -> Stimulus:
    """Frames that select the fault which :func:`choose` has named last."""
    rng = np.random.default_rng(seed)
    inputs = rng.integers(0, 256, size=(frames, BEATS, 4), dtype=np.uint8)
    inputs[:, :, 3] = BUGS.index(_selected["bug"])
    parity = [int(frame[0, 0]).bit_count() & 1 for frame in inputs]
    return Stimulus(
        inputs=list(inputs),
        outputs=[frame[:, :1] ^ 0x5A for frame in inputs],
        status=[bit | BEATS << 1 for bit in parity],
        status_fields={"decoded": (0, 1), "iterations": (1, 7), "dropped": (8, 4)},
        summary={"decoded": sum(parity)},
    )


def choose(bug: str) -> None:
    """Make the family known, and its frames select ``bug``."""
    families.register(families.Family(KIND, (KIND,), modules="standin"))
    _selected["bug"] = bug


def write_build(folder: Path) -> Path:
    """Write a build folder as hw.build does, and make the kind known."""
    choose("none")
    core = Standin()
    folder.mkdir(parents=True, exist_ok=True)
    text = verilog.convert(core, name="standin", ports=[getattr(core, name) for name in PORTS])
    (folder / "standin.v").write_text(text)
    spec = StandinSpec()
    spec.save(folder / "spec.json")
    record = {
        "name": "standin", "out": str(folder), "verilog": "standin.v", "spec": "spec.json",
        "spec_sha": spec.sha, "kind": KIND, "top": "standin",
        "latency_cycles": BEATS, "cycles_per_frame_full": 2 * BEATS, "frames_in_flight": 1,
    }
    (folder / "build.json").write_text(json.dumps(record))
    return folder
