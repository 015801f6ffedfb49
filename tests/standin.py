"""A small stream core with a golden of its own, and the ways it can be wrong on purpose.

It stores a frame of ``BEATS`` 32-bit beats, then sends per beat the low byte xor 0x5A. Status:
decoded = parity of the first input byte, iterations = BEATS, dropped as every core counts it.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import ClockDomain, Elaboratable, Module, Signal
from amaranth.lib.memory import Memory

from sim import stimulus
from sim.stimulus.frames import Stimulus

BEATS = 12
KIND = "standin"
BUGS = ("wrong_bit", "no_tlast", "hang", "status", "unstable", "extra", "keeps_wrong", "no_reset")
PORTS = (
    "clk", "rst", "s_axis_tdata", "s_axis_tvalid", "s_axis_tready", "s_axis_tlast",
    "m_axis_tdata", "m_axis_tvalid", "m_axis_tready", "m_axis_tlast", "m_axis_tuser",
    "frame_dropped",
)


class Standin(Elaboratable):
    """The core; ``bug`` is None or one of ``BUGS``."""

    def __init__(self, bug: str | None = None):
        self.bug = bug
        widths = {"s_axis_tdata": 32, "m_axis_tdata": 8, "m_axis_tuser": 12}
        for name in PORTS:
            setattr(self, name, Signal(widths.get(name, 1), name=name))

    def ports(self):
        return [getattr(self, name) for name in PORTS]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = domain = ClockDomain("sync")
        m.d.comb += [domain.clk.eq(self.clk), domain.rst.eq(self.rst)]
        m.submodules.memory = memory = Memory(shape=8, depth=16, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        reset_less = self.bug == "no_reset"
        position, overlong = Signal(4, reset_less=reset_less), Signal()
        unloading, parity = Signal(reset_less=reset_less), Signal()
        dropped, frames = Signal(4), Signal(8)
        taken = self.s_axis_tvalid & self.s_axis_tready
        m.d.comb += [
            self.s_axis_tready.eq(~unloading & ((frames != 5) if self.bug == "hang" else 1)),
            write.addr.eq(position), write.en.eq(taken), write.data.eq(self.s_axis_tdata[:8] ^ 0x5A),
            read.addr.eq(position),
            self.m_axis_tvalid.eq(unloading),
            self.m_axis_tdata.eq(read.data),
            self.m_axis_tlast.eq((position == BEATS - 1) & (self.bug != "no_tlast")),
            self.m_axis_tuser.eq(parity | BEATS << 1 | dropped << 8),
        ]
        m.d.sync += self.frame_dropped.eq(0)
        right_length = (position == BEATS - 1) & ~overlong
        with m.If(taken):
            with m.If(position == 0):
                m.d.sync += parity.eq(self.s_axis_tdata[:8].xor())
            with m.If(self.s_axis_tlast):
                m.d.sync += [position.eq(0), overlong.eq(0)]
                with m.If(right_length if self.bug != "keeps_wrong" else 1):
                    m.d.sync += unloading.eq(1)
                with m.Else():
                    m.d.sync += [dropped.eq(dropped + (dropped != 15)), self.frame_dropped.eq(1)]
            with m.Elif(position == BEATS - 1):
                m.d.sync += overlong.eq(1)
            with m.Else():
                m.d.sync += position.eq(position + 1)
        with m.If(self.m_axis_tvalid & self.m_axis_tready):
            m.d.sync += position.eq(position + 1)
            with m.If(position == BEATS - 1):
                m.d.sync += [position.eq(0), unloading.eq(0), dropped.eq(0), frames.eq(frames + 1)]
                if self.bug == "extra":
                    m.d.sync += unloading.eq(frames == 7)
        if self.bug == "wrong_bit":
            with m.If((frames == 3) & (position == 2)):
                m.d.comb += self.m_axis_tdata.eq(read.data ^ 0x10)
        if self.bug == "status":
            with m.If(frames == 4):
                m.d.comb += self.m_axis_tuser.eq(parity | (BEATS + 1) << 1 | dropped << 8)
        if self.bug == "unstable":
            with m.If(~self.m_axis_tready):
                m.d.comb += self.m_axis_tdata.eq(0)
        return m


@dataclass(frozen=True)
class _Spec:
    text: str

    @property
    def sha(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def _make(spec, build, frames, ebn0_db, seed) -> Stimulus:
    rng = np.random.default_rng(seed)
    inputs = [rng.integers(0, 256, size=(BEATS, 4), dtype=np.uint8) for _ in range(frames)]
    return Stimulus(
        inputs=inputs,
        outputs=[frame[:, :1] ^ 0x5A for frame in inputs],
        status=[int(f[0, 0]).bit_count() & 1 | BEATS << 1 for f in inputs],
        status_fields={"decoded": (0, 1), "iterations": (1, 7), "dropped": (8, 4)},
        summary={"decoded": sum(int(f[0, 0]).bit_count() & 1 for f in inputs)},
    )


def write_build(folder: Path, bug: str | None = None) -> Path:
    """Write a build folder as hw.build does, and make the kind known."""
    stimulus.register(KIND, stimulus.Kind(load=lambda p: _Spec(p.read_text()), make=_make))
    core = Standin(bug)
    folder.mkdir(parents=True, exist_ok=True)
    text = verilog.convert(core, name="standin", ports=core.ports())
    (folder / "standin.v").write_text(text)
    (folder / "spec.json").write_text('{"beats": 12}')
    sha = _Spec('{"beats": 12}').sha
    record = {
        "name": "standin", "out": str(folder), "verilog": "standin.v", "spec": "spec.json",
        "spec_sha": sha, "kind": KIND, "top": "standin", "latency_cycles": BEATS,
        "cycles_per_frame_full": 2 * BEATS, "frames_in_flight": 1,
    }
    (folder / "build.json").write_text(json.dumps(record))
    return folder
