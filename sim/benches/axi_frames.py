"""cocotb bench: frames in on s_axis, frames out on m_axis, every beat and status compared.

It runs inside the simulator and knows no arithmetic. Environment:

* ``UNFOLDHW_BENCH``: .npz with ``in_data`` (all beats, bytes) uint8, ``in_start`` (frames+1),
  ``out_data``, ``out_start``, ``out_status`` and ``options`` (JSON text: ``seed``,
  ``timeout_cycles``, ``drain_cycles``, ``status_fields``, ``faults``, ``regimes``); for a core
  with a second input stream what :mod:`sim.benches.contexts` reads, for one with a word a frame
  :mod:`sim.benches.words`, for one with registers what :mod:`sim.benches.registers` does
* ``UNFOLDHW_RESULT``: JSON written at the end; ``UNFOLDHW_PROGRESS``: count of frames, on the way

``regimes`` is a list of [first frame, idle level of the input, stall level of the output].
A status field ``tag`` says which frame a result belongs to (:mod:`sim.benches.tags`); without one
results come in the order of the frames.
"""

import json
import logging
import os
import random

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, Timer
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiStreamFrame, AxiStreamSink, AxiStreamSource

from sim.benches import faults
from sim.benches.common import PERIOD_NS, Hang, bus_without, frames_of, random_signal
from sim.benches.comparison import Comparison
from sim.benches.contexts import ContextStream
from sim.benches.pace import Pace
from sim.benches.registers import Registers
from sim.benches.tags import Tags
from sim.benches.words import WordStreams


class Bench:
    """The two streams, the expected frames, and what was found."""

    def __init__(self, dut):
        self.dut = dut
        with np.load(os.environ["UNFOLDHW_BENCH"]) as data:
            self.inputs = frames_of(data["in_data"], data["in_start"])
            outputs = frames_of(data["out_data"], data["out_start"])
            status = [int(value) for value in data["out_status"]]
            self.options = json.loads(str(data["options"]))
            self.contexts = None
            if "contexts" in self.options:
                self.contexts = ContextStream(dut, data, outputs, self.options)
        self.written = {name for write in self.options["writes"] for name in write}
        self.known = self.contexts.known if self.contexts else range(len(self.inputs))
        self.rng = random.Random(self.options["seed"])
        self.pace = Pace(self.options["regimes"], self.rng)
        self.sent = 0
        self.received = 0
        self.problems: list[str] = []
        fields = {name: tuple(place) for name, place in self.options["status_fields"].items()}
        self.words = None
        if self.options["words"]:
            self.words = WordStreams(dut, self.options["words"], self.problems)
        self.tags = Tags(fields["tag"][1], self.problems) if "tag" in fields else None
        self.registers = None
        if self.options["registers"]:
            self.registers = Registers(dut, self.options, fields, len(self.inputs[0]))
        self.comparison = Comparison(outputs, status, fields, self.tags, self.contexts)
        self.ends_ns: list[float] = []
        self.strobes = 0
        self.fault_frames = 0
        self.sent_order: list[int] = []
        self.context_change: dict = {}

    # --- setting up -----------------------------------------------------------------------

    async def start(self) -> None:
        dut = self.dut
        dut.rst.value = 1
        dut.s_axis_tvalid.value = 0
        dut.s_axis_tlast.value = 0
        dut.m_axis_tready.value = 0
        for name in self.written:
            getattr(dut, name).value = 0
        cocotb.start_soon(Clock(dut.clk, PERIOD_NS, unit="ns").start(start_high=False))
        await Timer(3 * PERIOD_NS, "ns")
        others = ["tkeep", "tuser"]  # every byte, no error
        for name in ("s_axis_tkeep", "s_axis_tuser"):
            if hasattr(dut, name):
                signal = getattr(dut, name)
                signal.value = (1 << len(signal)) - 1 if name == "s_axis_tkeep" else 0
        if self.options["frames_counted"]:
            others.append("tlast")
            cocotb.start_soon(random_signal(dut.s_axis_tlast, dut.clk, self.rng))
        self.source = AxiStreamSource(
            bus_without(*others).from_prefix(dut, "s_axis"), dut.clk, dut.rst, byte_lanes=1
        )
        self.sink = AxiStreamSink(
            bus_without("tkeep").from_prefix(dut, "m_axis"), dut.clk, dut.rst, byte_lanes=1
        )
        for streams in (self.contexts, self.words):
            if streams:
                streams.start()
        if self.registers:
            self.registers.start()
        for stream in (self.source, self.sink):
            stream.log.setLevel(logging.ERROR)  # it would format every beat of every frame
        self.source.queue_occupancy_limit_frames = 1
        if hasattr(dut, "frame_dropped"):
            cocotb.start_soon(self._count_strobes())
        await self.leave_reset()

    async def leave_reset(self, cycles: int = 4) -> None:
        for _ in range(cycles):
            await FallingEdge(self.dut.clk)
        self.dut.rst.value = 0
        await RisingEdge(self.dut.clk)
        await self.write_ports()

    async def write_ports(self) -> None:
        """What a reset makes the core forget of single ports."""
        for write in [*self.options["writes"], {}]:
            for name in self.written:
                getattr(self.dut, name).value = write.get(name, 0)
            await RisingEdge(self.dut.clk)

    async def _count_strobes(self) -> None:
        strobe = self.dut.frame_dropped
        while True:
            await RisingEdge(strobe)
            start = get_sim_time("ns")
            await FallingEdge(strobe)
            self.strobes += round((get_sim_time("ns") - start) / PERIOD_NS)

    # --- single frames ---------------------------------------------------------------------

    async def send(self, number: int, done=None, dropped: int = 0) -> None:
        """Give input frame ``number``, before which so many of wrong length were given."""

        def complete(frame):
            if self.tags:
                self.tags.give((number, dropped))
            if done:
                done(frame)

        if self.words:
            await self.words.give(number)
        await self.source.send(AxiStreamFrame(self.inputs[number], tx_complete=complete))

    async def send_wrong(self, length: int) -> None:
        """Give some frame cut to so many beats, or gone on with from its beginning.

        Of a frame of another length than the first one's it is as many beats too many, or as large
        a part.
        """
        number = self.pick()
        frame = self.inputs[number]
        own, usual = len(frame), len(self.inputs[0])
        if length > usual:
            length += own - usual
        elif own == 1:
            length = 2
        elif own != usual:
            length = max(1, min(own - 1, own * length // usual))
        beats = [frame[i % len(frame)] for i in range(length)]
        if self.words:
            await self.words.give(number, whole=False)
        await self.source.send(AxiStreamFrame(beats))

    async def receive(self) -> AxiStreamFrame:
        """Next output frame; raises :class:`Hang` when none comes."""
        waited, step = 0, 64
        while self.sink.empty():
            before = self.sink.active
            await Timer(step * PERIOD_NS, "ns")
            waited += step
            if waited > self.options["timeout_cycles"] and self.sink.empty():
                part = "; a frame is on its way out without tlast" if before else ""
                raise Hang(
                    f"hang: no whole output frame for {waited} cycles{part}; "
                    f"{self.sent} of {len(self.inputs)} frames given, {self.received} came out; "
                    f"s_axis_tready={self.dut.s_axis_tready.value} "
                    f"m_axis_tvalid={self.dut.m_axis_tvalid.value}"
                )
            step = min(2 * step, 1024)
        return self.sink.recv_nowait()

    def pick(self) -> int:
        """A random input frame whose output is known in the state after the last frame."""
        return self.rng.choice(self.known)

    def pick_in_order(self) -> int:
        """Like ``pick``, and noted in ``sent_order``."""
        self.sent_order.append(self.pick())
        return self.sent_order[-1]

    @staticmethod
    def end_ns(frame: AxiStreamFrame) -> float:
        """When a frame's last beat was taken."""
        return _in_ns(frame.sim_time_end)

    # --- what is run ----------------------------------------------------------------------

    async def main(self) -> None:
        """All frames through all regimes, in order."""

        def count(_frame):
            self.sent += 1

        async def feed():
            for number in range(len(self.inputs)):
                if self.contexts:
                    await self.contexts.before(number)
                await self.send(number, count)

        sources = [each.source for each in (self, self.contexts, self.words) if each]
        sinks = [each.sink for each in (self, self.words) if each]
        pausers = [
            *(
                cocotb.start_soon(
                    self.pace.pause_at_random(stream, lambda: self.pace.idle(self.sent))
                )
                for stream in sources
            ),
            *(
                cocotb.start_soon(
                    self.pace.pause_at_random(stream, lambda: self.pace.stall(self.received))
                )
                for stream in sinks
            ),
            cocotb.start_soon(
                self.pace.watch_protocol(self.dut, lambda: self.received, self.problems)
            ),
        ]
        feeder = cocotb.start_soon(feed())
        progress = os.environ.get("UNFOLDHW_PROGRESS")
        for number in range(len(self.inputs)):
            frame = await self.receive()
            number, dropped = self.comparison.belongs_to(frame, (number, 0))
            name = f"result {self.received}" if number is None else f"frame {number}"
            self.comparison.compare(frame, number, dropped, name)
            self.ends_ns.append(frame.sim_time_end)
            self.received += 1
            if progress:
                with open(progress, "w") as file:
                    file.write(str(self.received))
        for task in (*pausers, feeder):
            task.cancel()
        for stream in (*sources, *sinks):
            stream.pause = False
        if self.words:
            await self.words.all_here(self.options["timeout_cycles"])
        if self.contexts:
            self.problems += self.contexts.problems
        await self.nothing_more("after the last frame")

    async def nothing_more(self, when: str) -> None:
        await Timer(self.options["drain_cycles"] * PERIOD_NS, "ns")
        if not self.sink.empty() or self.sink.active:
            self.problems.append(f"an output frame that belongs to no input, {when}")

    # --- the result -----------------------------------------------------------------------

    def cycles_per_frame(self) -> float | None:
        """Mean distance of output frames while both streams ran at full speed.

        None for few frames: those in flight together come out together.
        """
        stop = next((r[0] for r in self.options["regimes"] if r[1] or r[2]), len(self.inputs))
        first, last = self.options.get("measured", (0, stop))
        ends = self.ends_ns[first:last]
        # Until the frames in flight have filled up.
        skip = min(max(4, self.options["frames_in_flight"]), len(ends) // 3)
        count = len(ends) - 1 - skip
        count -= count % self.options.get("frames_together", 1)  # they come out in one go
        if count < 5:
            return None
        return _in_ns(ends[skip + count] - ends[skip]) / PERIOD_NS / count

    def write(self, error: str | None) -> None:
        record = {
            "frames": self.received,
            "mismatches": self.comparison.mismatches,
            "first_mismatch": self.comparison.first_mismatch,
            "problems": self.problems,
            "error": error,
            "cycles_per_frame": self.cycles_per_frame(),
            "cycles": round(get_sim_time("ns") / PERIOD_NS),
            "fault_frames": self.fault_frames,
            "dropped_strobes": self.strobes,
            "context_change": self.context_change,
            "registers": self.registers and {
                "snapshots": self.registers.counting.snapshots,
                "soft_resets": self.registers.counting.soft_resets,
            },
            "overtaken": self.tags.overtaken if self.tags else None,
        }
        with open(os.environ["UNFOLDHW_RESULT"], "w") as file:
            json.dump(record, file)


def _in_ns(steps: int) -> float:
    """Simulator time steps (the precision is 1 ps) to ns."""
    return steps / 1000


@cocotb.test()
async def frames_match(dut):
    """Every output frame equals the expected one; wrong frames and resets do no lasting harm."""
    bench = Bench(dut)
    error = None
    try:
        await bench.start()
        await bench.main()
        if bench.contexts and not bench.comparison.mismatches:
            bench.context_change = await bench.contexts.measure(bench)
        if bench.registers and not bench.comparison.mismatches:
            await bench.registers.run(bench)
        if bench.options["faults"] and not bench.comparison.mismatches:
            await faults.run(bench)
    except Hang as hang:
        error = str(hang)
    bench.write(error)
    assert error is None, error
    assert not bench.problems, bench.problems[0]
    assert bench.comparison.mismatches == 0, bench.comparison.first_mismatch
    assert bench.received == len(bench.inputs) > 0
