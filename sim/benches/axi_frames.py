"""cocotb bench: frames in on s_axis, frames out on m_axis, every beat and status compared.

It runs inside the simulator and knows no arithmetic. Environment:

* ``UNFOLDHW_BENCH``: .npz with ``in_data`` (all beats, bytes) uint8, ``in_start`` (frames+1),
  ``out_data``, ``out_start``, ``out_status`` and ``options`` (JSON text: ``seed``,
  ``timeout_cycles``, ``drain_cycles``, ``status_fields``, ``faults``, ``regimes``); for a core
  with a second input stream what :mod:`sim.benches.contexts` reads
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
from cocotb.triggers import FallingEdge, ReadOnly, RisingEdge, Timer
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from sim.benches import faults
from sim.benches.common import PERIOD_NS, Hang, frames_of
from sim.benches.contexts import ContextStream
from sim.benches.tags import Tags

# level -> (mean cycles running, mean cycles paused); level 0 never pauses
LEVELS = {1: (4.0, 2.0), 2: (2.0, 12.0)}
PROTOCOL_FRAMES = 6  # per regime with stalls: frames watched cycle by cycle for AXI stability


class Bench:
    """The two streams, the expected frames, and what was found."""

    def __init__(self, dut):
        self.dut = dut
        with np.load(os.environ["UNFOLDHW_BENCH"]) as data:
            self.inputs = frames_of(data["in_data"], data["in_start"])
            self.outputs = frames_of(data["out_data"], data["out_start"])
            self.status = [int(value) for value in data["out_status"]]
            self.options = json.loads(str(data["options"]))
            self.contexts = None
            if "contexts" in self.options:
                self.contexts = ContextStream(dut, data, self.outputs, self.options)
        self.written = {name for write in self.options["writes"] for name in write}
        self.known = self.contexts.known if self.contexts else range(len(self.inputs))
        self.rng = random.Random(self.options["seed"])
        self.fields = {name: tuple(place) for name, place in self.options["status_fields"].items()}
        self.sent = 0
        self.received = 0
        self.mismatches = 0
        self.first_mismatch = None
        self.problems: list[str] = []
        self.tags = Tags(self.fields["tag"][1], self.problems) if "tag" in self.fields else None
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
        self.source = AxiStreamSource(
            AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk, dut.rst, byte_lanes=1
        )
        self.sink = AxiStreamSink(
            AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk, dut.rst, byte_lanes=1
        )
        if self.contexts:
            self.contexts.start()
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

    # --- idle cycles and back-pressure ----------------------------------------------------

    def level(self, stream: int, frame: int) -> int:
        """Idle (stream 1) or stall (stream 2) level for the frame with this number."""
        current = 0
        for regime in self.options["regimes"]:
            if frame >= regime[0]:
                current = regime[stream]
        return current

    async def pause_at_random(self, stream, level) -> None:
        """Pause and run for random numbers of cycles, as the level of the moment says."""
        await Timer(PERIOD_NS // 4, "ns")
        while True:
            now = level()
            if now == 0:
                stream.pause = False
                await Timer(16 * PERIOD_NS, "ns")
                continue
            run, pause = LEVELS[now]
            for value, mean in ((True, pause), (False, run)):
                stream.pause = value
                await Timer(PERIOD_NS * (1 + int(self.rng.expovariate(1 / mean))), "ns")

    async def watch_protocol(self) -> None:
        """AXI: a beat that is offered stays as it is until it is taken."""
        dut = self.dut
        signals = [dut.m_axis_tdata, dut.m_axis_tlast, dut.m_axis_tuser]
        watched = [
            range(first, first + PROTOCOL_FRAMES)
            for first, _, stall in self.options["regimes"]
            if stall
        ]
        offered = None
        while True:
            if not any(self.received in part for part in watched):
                offered = None
                await Timer(32 * PERIOD_NS, "ns")
                continue
            await FallingEdge(dut.clk)
            await ReadOnly()
            valid = int(dut.m_axis_tvalid.value)
            beat = [int(signal.value) for signal in signals] if valid else None
            if offered is not None and beat != offered and not self.problems:
                self.problems.append(
                    f"m_axis changed an offered beat before it was taken (output frame "
                    f"{self.received}): tdata, tlast, tuser {offered} became "
                    f"{beat if valid else 'not valid'}"
                )
            offered = beat if valid and not int(dut.m_axis_tready.value) else None

    # --- comparing ------------------------------------------------------------------------

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

    def belongs_to(self, frame: AxiStreamFrame, next_one: tuple) -> tuple:
        """(input frame, frames dropped before it) of an output frame.

        next_one : the same of the frame whose turn it is, if results keep their order. The input
            frame is None where the tag is that of no frame in flight.
        """
        if self.tags is None:
            return next_one
        return self.tags.take(self.field(first_user(frame), "tag")) or (None, None)

    def compare(
        self, frame: AxiStreamFrame, number: int | None, dropped: int | None, where: str
    ) -> bool:
        """Compare a frame with expected frame ``number``; ``dropped`` None leaves it unchecked."""
        if number is None:
            fault = f"no frame in flight has tag {self.field(first_user(frame), 'tag')}"
            return self._note_fault(where, fault)
        expected, status = self.expected(frame, number), self.status[number]
        actual = list(frame.tdata)
        fault = None
        if expected is None:
            fault = f"it met a context that was not its own, tuser {frame.tuser}"
        elif actual != expected:
            both = zip(actual, expected, strict=False)
            first = next((i for i, (a, e) in enumerate(both) if a != e), None)
            if first is None:
                fault = f"{len(actual)} beats before tlast, expected {len(expected)}"
            else:
                fault = f"beat {first}: tdata {actual[first]:#x}, expected {expected[first]:#x}"
                if len(actual) != len(expected):
                    fault += f" ({len(actual)} beats, expected {len(expected)})"
        elif isinstance(frame.tuser, list):
            beat = next(i for i, u in enumerate(frame.tuser) if u != frame.tuser[0])
            fault = f"beat {beat}: tuser changes within the frame to {frame.tuser[beat]:#x}"
        elif self.fields:
            fault = self._compare_status(int(frame.tuser), status, dropped)
        return self._note_fault(where, fault)

    def _note_fault(self, where: str, fault: str | None) -> bool:
        """Count a fault, keep the first one; whether there is none."""
        if fault:
            self.mismatches += 1
            if self.first_mismatch is None:
                self.first_mismatch = f"{where}, {fault}"
        return fault is None

    def expected(self, frame: AxiStreamFrame, number: int) -> list[int] | None:
        """Beats due for input frame ``number``; None if it met a context it must not meet."""
        if self.contexts is None:
            return self.outputs[number]
        return self.contexts.expected(number, self.field(first_user(frame), "context"))

    def field(self, user: int, name: str) -> int:
        """A field of tuser."""
        lowest, width = self.fields[name]
        return user >> lowest & ((1 << width) - 1)

    def _compare_status(self, actual: int, expected: int, dropped: int | None) -> str | None:
        for name, (lowest, width) in self.fields.items():
            mask = (1 << width) - 1
            wanted = dropped if name == "dropped" else expected >> lowest & mask
            if name in ("context", "tag"):
                continue  # it has said what to expect
            if wanted is not None and actual >> lowest & mask != wanted:
                return f"status {name}: {actual >> lowest & mask}, expected {wanted}"
        return None

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

    async def send(self, number: int, done=None, dropped: int = 0) -> None:
        """Give input frame ``number``, before which so many of wrong length were given."""

        def complete(frame):
            if self.tags:
                self.tags.give((number, dropped))
            if done:
                done(frame)

        await self.source.send(AxiStreamFrame(self.inputs[number], tx_complete=complete))

    async def main(self) -> None:
        """All frames through all regimes, in order."""

        def count(_frame):
            self.sent += 1

        async def feed():
            for number in range(len(self.inputs)):
                if self.contexts:
                    await self.contexts.before(number)
                await self.send(number, count)

        sources = [self.source, *([self.contexts.source] if self.contexts else [])]
        pausers = [
            *(
                cocotb.start_soon(self.pause_at_random(stream, lambda: self.level(1, self.sent)))
                for stream in sources
            ),
            cocotb.start_soon(
                self.pause_at_random(self.sink, lambda: self.level(2, self.received))
            ),
            cocotb.start_soon(self.watch_protocol()),
        ]
        feeder = cocotb.start_soon(feed())
        progress = os.environ.get("UNFOLDHW_PROGRESS")
        for number in range(len(self.inputs)):
            frame = await self.receive()
            number, dropped = self.belongs_to(frame, (number, 0))
            name = f"result {self.received}" if number is None else f"frame {number}"
            self.compare(frame, number, dropped, name)
            self.ends_ns.append(frame.sim_time_end)
            self.received += 1
            if progress:
                with open(progress, "w") as file:
                    file.write(str(self.received))
        for task in (*pausers, feeder):
            task.cancel()
        for stream in (*sources, self.sink):
            stream.pause = False
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
            "mismatches": self.mismatches,
            "first_mismatch": self.first_mismatch,
            "problems": self.problems,
            "error": error,
            "cycles_per_frame": self.cycles_per_frame(),
            "cycles": round(get_sim_time("ns") / PERIOD_NS),
            "fault_frames": self.fault_frames,
            "dropped_strobes": self.strobes,
            "context_change": self.context_change,
            "overtaken": self.tags.overtaken if self.tags else None,
        }
        with open(os.environ["UNFOLDHW_RESULT"], "w") as file:
            json.dump(record, file)


def first_user(frame: AxiStreamFrame) -> int:
    """tuser of a frame's first beat."""
    return frame.tuser[0] if isinstance(frame.tuser, list) else int(frame.tuser)


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
        if bench.contexts and not bench.mismatches:
            bench.context_change = await bench.contexts.measure(bench)
        if bench.options["faults"] and not bench.mismatches:
            await faults.run(bench)
    except Hang as hang:
        error = str(hang)
    bench.write(error)
    assert error is None, error
    assert not bench.problems, bench.problems[0]
    assert bench.mismatches == 0, bench.first_mismatch
    assert bench.received == len(bench.inputs) > 0
