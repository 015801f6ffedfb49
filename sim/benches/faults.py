"""Frames of wrong length and resets in mid-frame, for cores that promise to survive them."""

import cocotb
from cocotb.triggers import FallingEdge, Timer
from cocotbext.axi import AxiStreamFrame

from sim.benches.common import PERIOD_NS, Hang


async def run(bench) -> None:
    """Frames of wrong length and resets in mid-frame; what follows must be right."""
    beats = len(bench.inputs[0])
    if not bench.options["frames_counted"]:  # otherwise no length is wrong
        await _wrong_lengths(bench, beats)
    lengths = bench.rng.sample((1, 2, 3), 3)  # a synchronous reset needs one cycle
    for name, cycles in zip(("input", "decoding", "output"), lengths, strict=True):
        await _reset_during(bench, name, beats, cycles)
        when = f"after a reset during {name}, of {cycles} cycles"
        await _expect_next(bench, when, [0, 0])
    if bench.words:
        await bench.words.all_here(bench.options["timeout_cycles"])
    await bench.nothing_more("after wrong frames and resets")
    if bench.contexts:
        bench.problems += bench.contexts.problems


async def _wrong_lengths(bench, beats: int) -> None:
    short = [bench.rng.randrange(1, beats) for _ in range(3)] if beats > 1 else []
    for name, lengths in (
        ("too short", short[:1]),
        ("too long by one", [beats + 1]),
        ("too long", [2 * beats + 3]),
        ("one beat, too long, too short", ([1] if beats > 1 else []) + [beats + 2] + short[1:]),
    ):
        for length in lengths:
            await bench.send_wrong(length)
        await _expect_next(bench, f"after a frame {name}", [len(lengths), 0])
    await _drops_in_stream(bench, beats)
    if bench.words:
        await _invalid_words(bench)
    if bench.contexts:
        await bench.contexts.wrong_frames()
        await _expect_next(bench, "after context frames of wrong length", [0, 0])


async def _invalid_words(bench) -> None:
    """Frames whose word the core must not take are dropped, whatever their length is."""
    for which in range(len(bench.options["words"]["invalid"])):
        await bench.words.give_invalid(which)
        beats = bench.inputs[bench.pick()][: bench.rng.choice((1, 7, None))]
        await bench.source.send(AxiStreamFrame(beats))
        await _expect_next(bench, "after a frame with an invalid word", [1, 0])


async def _expect_next(bench, when: str, dropped: list[int | None]) -> list[AxiStreamFrame]:
    """Send as many right frames as ``dropped`` is long and compare them."""
    numbers = [bench.pick() for _ in dropped]
    due = list(zip(numbers, dropped, strict=True))
    for number, count in due:
        await bench.send(number, dropped=count)
    frames = []
    for next_one in due:
        try:
            frames.append(await bench.receive())
        except Hang as error:
            raise Hang(f"{when}: {error}") from error
        bench.fault_frames += 1
        number, count = bench.comparison.belongs_to(frames[-1], next_one)
        bench.comparison.compare(frames[-1], number, count, f"{when}, frame {number}")
    return frames


async def _drops_in_stream(bench, beats: int) -> None:
    """Wrong frames between right ones, without a gap: all are counted, somewhere.

    With tags every one is counted for the frame behind it.
    """
    numbers = [bench.pick() for _ in range(6)]
    before, wrong, directly = bench.strobes, 0, 0

    async def feed():
        nonlocal wrong, directly
        for number in numbers[:-1]:
            await bench.send(number, dropped=directly)
            length = bench.rng.choice([n for n in (1, beats - 1, beats + 1) if n > 0])
            directly = int(length != beats)
            if directly:
                wrong += 1
                await bench.send_wrong(length)
        await bench.send(numbers[-1], dropped=directly)

    feeder = cocotb.start_soon(feed())
    counted = 0
    for number in numbers:
        frame = await bench.receive()
        bench.fault_frames += 1
        number, count = bench.comparison.belongs_to(frame, (number, None))
        where = f"between wrong frames, frame {number}"
        if bench.comparison.compare(frame, number, count, where):
            counted += bench.comparison.field(frame, "dropped")
    await feeder
    if counted != wrong:
        bench.problems.append(
            f"{wrong} wrong frames between right ones, status counts {counted}"
        )
    if hasattr(bench.dut, "frame_dropped") and bench.strobes - before != wrong:
        bench.problems.append(
            f"{wrong} wrong frames between right ones, frame_dropped strobed "
            f"{bench.strobes - before} times"
        )


async def until(bench, moment: str, beats: int) -> None:
    """Wait until frames of so many beats, just sent, are on their way in, inside, or come out."""
    if moment == "input":
        # Into a frame, or just behind its last beat.
        cycles = max(1, int((1 + bench.rng.random()) * beats / 2)) + bench.rng.randrange(8)
        await Timer(cycles * PERIOD_NS, "ns")
    elif moment == "decoding":
        await Timer((beats + bench.rng.randrange(4, 60)) * PERIOD_NS, "ns")
    else:
        bench.sink.pause = True
        for _ in range(bench.options["timeout_cycles"] // 8):
            if int(bench.dut.m_axis_tvalid.value):
                break
            await Timer(8 * PERIOD_NS, "ns")
        bench.sink.pause = False


async def _reset_during(bench, moment: str, beats: int, reset_cycles: int) -> None:
    """Fill the core, assert rst at the moment named, and throw away what was in flight."""

    async def feed():
        for number in range(3 if moment == "input" else 1):
            await bench.send(bench.known[number % len(bench.known)])

    feeder = cocotb.start_soon(feed())
    await until(bench, moment, beats)
    if moment == "output":
        await Timer(3 * PERIOD_NS, "ns")
    feeder.cancel()
    await FallingEdge(bench.dut.clk)
    bench.dut.rst.value = 1
    bench.source.clear()
    if bench.words:
        bench.words.reset()
    await bench.leave_reset(cycles=reset_cycles)
    bench.sink.clear()
    if bench.tags:
        bench.tags.reset()
    if bench.contexts:
        await bench.contexts.restore()
