"""The second input stream of a core: contexts that change while frames pass.

It reads ``context_data``, ``context_start``, ``out_of`` (context and frame number of each expected
output) and perhaps ``context_status`` (tuser of each) from the bench's .npz, and ``contexts`` from
its options: see
:class:`sim.stimulus.frames.Contexts`.
"""

import logging

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge, Timer
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSource

from sim.benches.common import PERIOD_NS, Hang, frames_of


class ContextStream:
    """Sends contexts, waits until they are in service, and knows what each makes of a frame."""

    def __init__(self, dut, data, outputs: list[list[int]], options: dict):
        self.dut, self.options = dut, options["contexts"]
        self.timeout_cycles = options["timeout_cycles"]
        self.frames = frames_of(data["context_data"], data["context_start"])
        keys = [tuple(key) for key in np.asarray(data["out_of"]).tolist()]
        self.outputs = dict(zip(keys, outputs, strict=True))
        status = np.asarray(data["context_status"]).tolist() if "context_status" in data else []
        self.status = dict(zip(keys, status, strict=False))
        last = len(self.frames) - 1
        self.known = sorted(number for context, number in self.outputs if context == last)
        starts = self.options["starts"]
        ends = [*starts[1:], max(number for _, number in self.outputs) + 1]
        # A context's frames are given half while it loads, half when it is in service.
        self.sends = {first: context for context, first in enumerate(starts)}
        self.waits = {(a + b) // 2: c for c, (a, b) in enumerate(zip(starts, ends, strict=True))}
        self.order: list[int] = []
        self.problems: list[str] = []

    def start(self) -> None:
        """Make the stream's driver; the core is in reset."""
        bus = AxiStreamBus.from_prefix(self.dut, self.options["prefix"])
        self.source = AxiStreamSource(bus, self.dut.clk, self.dut.rst, byte_lanes=1)
        self.source.log.setLevel(logging.ERROR)

    def expected(self, number: int, context_number: int) -> list[int] | None:
        """Output beats of frame ``number`` when tuser names this context, None if it must not."""
        return self.outputs.get((self._context(context_number), number))

    def expected_status(self, number: int, context_number: int) -> int | None:
        """tuser of frame ``number`` with this context, None if it does not depend on it."""
        return self.status.get((self._context(context_number), number))

    def _context(self, context_number: int) -> int | None:
        """Which context the status calls by this number."""
        counted = [(place + 1) % 256 for place in range(len(self.order))]
        if context_number not in counted:
            return None
        return self.order[counted.index(context_number)]

    async def before(self, number: int) -> None:
        """What has to happen before input frame ``number`` is given."""
        if number in self.waits and self.waits[number] > 0:
            await self.in_service()
        if number in self.sends:
            await self.send(self.sends[number])

    async def send(self, context: int) -> None:
        self.order.append(context)
        await self.source.send(AxiStreamFrame(self.frames[context]))

    async def in_service(self) -> None:
        """Wait until the context sent last is in service, and check what the ports say of it."""
        due = len(self.order) % 256
        port = getattr(self.dut, self.options["number_signal"])
        waited = 0
        while int(port.value) != due:
            await Timer(64 * PERIOD_NS, "ns")
            waited += 64
            if waited > self.timeout_cycles:
                raise Hang(f"hang: context {due} is not in service after {waited} cycles")
        await FallingEdge(self.dut.clk)
        for name, values in self.options["reports"].items():
            found, wanted = int(getattr(self.dut, name).value), values[self.order[-1]]
            if found != wanted:
                self.problems.append(f"context {due}: {name} is {found}, expected {wanted}")

    async def measure(self, bench) -> dict:
        """Give the last context once more under full load; how long it takes and what it stops.

        service_cycles : from its last word until it is in service
        dead_cycles : how much longer than usual the output waits at the change
        """
        port = getattr(self.dut, self.options["number_signal"])
        before = int(port.value)
        times: dict[str, float] = {}
        ends, met, after = [], [], 0  # after: outputs that met the new context

        async def feed():
            while after < self.options["watched"]:
                await bench.send(bench.pick_in_order())

        async def watch():
            while int(port.value) == before:
                await RisingEdge(self.dut.clk)
            times["served"] = get_sim_time("ns")

        feeder = cocotb.start_soon(feed())
        cocotb.start_soon(watch())
        self.order.append(self.order[-1])

        def taken(sent: AxiStreamFrame) -> None:
            times["taken"] = bench.end_ns(sent)

        await self.source.send(AxiStreamFrame(self.frames[self.order[-1]], tx_complete=taken))
        while after < self.options["watched"]:
            frame_out = await bench.receive()
            number = bench.sent_order.pop(0)
            bench.comparison.compare(
                frame_out, number, 0, f"while a context changes, frame {number}"
            )
            ends.append(bench.end_ns(frame_out))
            met.append(bench.comparison.field(frame_out, "context"))
            after += met[-1] != before
        await feeder
        for number in bench.sent_order:  # those still on their way
            bench.comparison.compare(
                await bench.receive(), number, 0, f"after the change, frame {number}"
            )
        change = next(place for place, number in enumerate(met) if number != before)
        steps = [(b - a) / PERIOD_NS for a, b in zip(ends, ends[1:], strict=False)]
        usual = sorted(steps)[len(steps) // 2]
        return {
            "service_cycles": round((times["served"] - times["taken"]) / PERIOD_NS),
            "dead_cycles": max(0, round(steps[change - 1] - usual)),
        }

    async def restore(self) -> None:
        """After a reset the core knows no context: give it the last one again."""
        last = self.order[-1]
        self.source.clear()
        self.order = []
        await self.send(last)

    async def wrong_frames(self) -> None:
        """Contexts of a wrong length: each is dropped and signalled, none comes into service."""
        right = self.frames[self.order[-1]]
        before = int(getattr(self.dut, self.options["number_signal"]).value)
        lengths = [len(right) // 2, len(right) + 1, 1]
        strobes = 0
        for length in lengths:
            beats = [right[i % len(right)] for i in range(length)]
            await self.source.send(AxiStreamFrame(beats))
        for _ in range(8 * len(right) + 100):
            await RisingEdge(self.dut.clk)
            await FallingEdge(self.dut.clk)
            strobes += int(getattr(self.dut, self.options["dropped_signal"]).value)
        after = int(getattr(self.dut, self.options["number_signal"]).value)
        if strobes != len(lengths) or after != before:
            self.problems.append(
                f"{len(lengths)} context frames of wrong length: {strobes} strobes of "
                f"{self.options['dropped_signal']}, context {before} became {after}"
            )
