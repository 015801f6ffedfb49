"""The registers of a core that has some, through an AXI4-Lite master, while frames pass.

Options ``registers``: ``prefix`` of the ports, ``offsets`` by name, ``constants`` that must be
read, ``totals``: field of tuser to register, ``apart``: name of a register, what it counts of the
results of a value of a field, the field, the value. Every snapshot must be that of its cycle.
"""

import itertools
import logging

import cocotb
from cocotb.triggers import RisingEdge, Timer
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamFrame

from sim.benches.common import PERIOD_NS, Hang
from sim.benches.counting import CLEAR, SNAPSHOT, SOFT_RESET, Counting
from sim.benches.faults import until

_OKAY, _SLVERR = 0, 2
_FRAMES = 24
_MOMENTS = ("input", "decoding", "output")


class Registers:
    """The master, and what it must find (:mod:`sim.benches.counting`).

    Parameters
    ----------
    options : of the bench; ``registers`` among them
    fields : (lowest bit, width) of each field of tuser
    beats : of a frame
    """

    def __init__(self, dut, options: dict, fields: dict[str, tuple[int, int]], beats: int):
        self.dut, self.options = dut, options["registers"]
        self.offsets, self.prefix = self.options["offsets"], self.options["prefix"]
        sums = {register: fields[field] for field, register in self.options["totals"].items()}
        apart = {
            name: (fields.get(what), fields[by], value)
            for name, what, by, value in self.options["apart"]
        }
        counted = beats if options["frames_counted"] else 0
        self.counting = Counting(dut, self.prefix, sums, apart, counted)

    def start(self) -> None:
        """Make the master; the core is in reset."""
        bus = AxiLiteBus.from_prefix(self.dut, self.prefix)
        self.master = AxiLiteMaster(bus, self.dut.clk, self.dut.rst)
        self.writes, self.reads = self.master.write_if, self.master.read_if
        self.channels = (self.writes.aw_channel, self.writes.w_channel, self.writes.b_channel,
                         self.reads.ar_channel, self.reads.r_channel)  # fmt: skip
        for part in (self.writes, self.reads, *self.channels):
            part.log.setLevel(logging.ERROR)

    # --- accesses --------------------------------------------------------------------------

    async def read(self, offset: int) -> tuple[int, int]:
        """Value and response."""
        found = await self.master.read(offset, 4)
        return int.from_bytes(found.data, "little"), int(found.resp)

    async def control(self, pulses: int) -> int:
        """Write ``control``; returns the response when it is there."""
        self.counting.asked = pulses
        place = self.offsets["control"]
        return int((await self.master.write(place, pulses.to_bytes(4, "little"))).resp)

    async def _compare(self, problems: list[str], when: str) -> None:
        """All counters with those of the last snapshot."""
        for name, wanted in self.counting.copied.items():
            found, response = await self.read(self.offsets[name])
            if (found, response) != (wanted & 0xFFFFFFFF, _OKAY):
                problems.append(f"register {name} {when}: {found} (response {response}), "
                                f"the bench counted {wanted}")  # fmt: skip
                return

    async def _constants(self, problems: list[str]) -> None:
        for name, wanted in self.options["constants"].items():
            found, response = await self.read(self.offsets[name])
            if (found, response) != (wanted, _OKAY):
                problems.append(f"register {name} is {found:#x} (response {response}), "
                                f"expected {wanted:#x}")  # fmt: skip

    async def _outside(self, rng, problems: list[str]) -> None:
        """What no register takes: SLVERR, and nothing happens."""
        free = max(self.offsets.values()) + 4
        place = rng.choice([free, 0x800, 0xFFC])
        found = await self.read(place)
        if found != (0, _SLVERR):
            problems.append(f"a read of {place:#x}, where no register is: {found}")
        place = rng.choice([free, self.offsets["identity"], self.offsets["frames"]])
        response = int((await self.master.write(place, b"\xff" * 4)).resp)
        if response != _SLVERR:
            problems.append(f"a write to {place:#x}, which takes none: response {response}")
        # A byte that is not control's lowest says nothing.
        response = int((await self.master.write(self.offsets["control"] + 1, b"\x07")).resp)
        if response != _OKAY:
            problems.append(f"a write to control's second byte: response {response}")

    # --- what is run ------------------------------------------------------------------------

    async def run(self, bench) -> None:
        """Counters while frames pass, with back-pressure on all channels; then soft resets."""
        watcher = cocotb.start_soon(self.counting.watch())
        await self._constants(bench.problems)
        await self._counting(bench)
        # What is left of a frame would take the next one's word for its own.
        for moment in _MOMENTS[1 if bench.words else 0 :]:
            await self._soft_reset(bench, moment)
        await self._constants(bench.problems)
        watcher.cancel()

    async def _counting(self, bench) -> None:
        rng, problems = bench.rng, bench.problems
        await self.control(CLEAR)
        for channel in self.channels:
            channel.set_pause_generator(rng.random() < 0.5 for _ in itertools.count())
        sources = (bench.source, bench.sink)
        pausers = [cocotb.start_soon(bench.pace.pause_at_random(each, lambda: 1))
                   for each in sources]  # fmt: skip
        numbers, wrong = [bench.pick() for _ in range(_FRAMES)], 0
        beats, faulty = len(bench.inputs[0]), bench.options["faults"]
        faulty = faulty and not bench.options["frames_counted"]

        async def feed():
            nonlocal wrong
            directly = 0
            for number in numbers:
                await bench.send(number, dropped=directly)
                directly = 0
                if faulty and number is not numbers[-1] and rng.random() < 0.4:
                    directly, wrong = 1, wrong + 1
                    frame = [*bench.inputs[number], bench.inputs[number][0]]
                    if bench.words:
                        await bench.words.give(number, whole=False)
                    await bench.source.send(AxiStreamFrame(frame[: rng.choice([beats + 1, 1])]
                                                           if beats > 1 else frame))  # fmt: skip

        sums = dict(self.counting.zero)
        over = False

        async def look():
            """Snapshots and clears in between; what is cleared is added up."""
            while not over:
                pulses = rng.choice([SNAPSHOT, SNAPSHOT, SNAPSHOT | CLEAR])
                await self.control(pulses)
                await self._compare(problems, "while frames pass")
                if pulses & CLEAR:
                    for name, value in self.counting.copied.items():
                        sums[name] += value
                await self._outside(rng, problems)

        feeder, looker = cocotb.start_soon(feed()), cocotb.start_soon(look())
        came = dict.fromkeys(self.counting.sums, 0)
        for number in numbers:
            frame = await bench.receive()
            number, dropped = bench.comparison.belongs_to(frame, (number, None))
            bench.comparison.compare(frame, number, dropped, f"while registers are read, {number}")
            for field, register in self.options["totals"].items():
                came[register] += bench.comparison.field(frame, field)
        await feeder
        over = True
        await looker
        for task in pausers:
            task.cancel()
        for stream in sources:
            stream.pause = False
        for channel in self.channels:
            channel.clear_pause_generator()
            channel.pause = False
        await Timer(bench.options["drain_cycles"] * PERIOD_NS, "ns")
        await self.control(SNAPSHOT)
        await self._compare(problems, "after the frames")
        due = {"frames": len(numbers), "dropped": wrong, **came}
        for name, wanted in due.items():
            found = sums[name] + self.counting.copied[name]
            if found != wanted:
                problems.append(f"register {name}: {found}, the bench received {wanted} in all")

    async def _soft_reset(self, bench, moment: str) -> None:
        """Frames in flight are gone; the rest of a frame is dropped; those behind it are right."""
        beats, counted = len(bench.inputs[0]), bench.options["frames_counted"]
        when = f"after a soft reset during {moment}"
        numbers = [bench.pick() for _ in range(3 if moment == "input" else 1)]
        before = self.counting.begun
        for number in numbers:
            if bench.words:
                await bench.words.give(number)
            await bench.source.send(AxiStreamFrame(bench.inputs[number]))
        await until(bench, "decoding" if moment == "input" and counted else moment, beats)
        if counted:  # its frames are counted from the reset on: only between two of them
            await bench.source.wait()
        # Without its writes a core computes with other numbers.
        bench.source.pause = bool(bench.written)
        if await self.control(SNAPSHOT | SOFT_RESET) != _OKAY:
            bench.problems.append("a write to control is refused")
        bench.sink.assert_reset(True)  # it may have a part of a result
        await RisingEdge(self.dut.clk)
        bench.sink.assert_reset(False)
        bench.sink.clear()
        if bench.words:
            bench.words.reset()
        await bench.write_ports()
        bench.source.pause = False
        if bench.contexts:
            await bench.contexts.restore()
        begun, place = self.counting.cut
        left = numbers[begun - before :]
        due = [(number, int(at == 0 and place > 0)) for at, number in enumerate(left)]
        if bench.tags:
            bench.tags.reset()
            for each in due:
                bench.tags.give(each)
        await bench.source.wait()
        for next_one in due:
            await self._expect(bench, next_one, when)
        last = (bench.pick(), int(not due and place > 0))
        await bench.send(last[0], dropped=last[1])
        await self._expect(bench, last, when)
        await bench.nothing_more(when)
        await self._compare(bench.problems, f"{when}, of the snapshot with it")
        await self.control(SNAPSHOT)
        await self._compare(bench.problems, when)
        if self.counting.copied["frames"] != len(due) + 1:
            bench.problems.append(f"{when}: {self.counting.copied['frames']} results counted")

    async def _expect(self, bench, next_one: tuple[int, int], when: str) -> None:
        try:
            frame = await bench.receive()
        except Hang as error:
            raise Hang(f"{when}: {error}") from error
        number, dropped = bench.comparison.belongs_to(frame, next_one)
        bench.comparison.compare(frame, number, dropped, f"{when}, frame {number}")
