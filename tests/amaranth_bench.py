"""Small helpers to drive Amaranth blocks in its own simulator."""

import random

from amaranth.hdl import Cat, Module, Signal
from amaranth.sim import Simulator


def evaluate(
    build, widths: list[int], vectors: list[tuple[int, ...]], shape, then=None
) -> list[int]:
    """Values of the combinational expression ``build(*signals)`` for every input vector.

    widths : bits of each (unsigned) input signal; shape : of the result
    then : a second step, from a signal with the value of the first; without that signal whatever
        the second step uses twice would be computed twice
    """
    m = Module()
    inputs = [Signal(width, name=f"in{i}") for i, width in enumerate(widths)]
    output = Signal(shape)
    result = build(*inputs)
    if then is not None:
        between = Signal.like(result)
        m.d.comb += between.eq(result)
        result = then(between)
    m.d.comb += output.eq(result)
    results = []

    async def bench(ctx):
        for vector in vectors:
            for signal, value in zip(inputs, vector, strict=True):
                ctx.set(signal, value)
            results.append(ctx.get(output))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    return results


def simulate(component, *benches, background=(), cycles: int = 100_000) -> None:
    """Run clocked test benches until they end; a bench that never ends fails after ``cycles``."""
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    finished = []

    def ending(bench):
        async def run(ctx):
            await bench(ctx)
            finished.append(bench)

        return run

    for bench in benches:
        simulator.add_testbench(ending(bench))
    for bench in background:
        simulator.add_testbench(bench, background=True)
    # Those in the background have no end of their own.
    for limit in range(500, cycles + 1, 500) if background else ():
        simulator.run_until(limit * 1e-6)
        if len(finished) == len(benches):
            break
    for _ in range(0 if background else 2 * cycles):  # two edges of the clock a cycle
        if not simulator.advance():
            break
    assert len(finished) == len(benches), f"not finished after {cycles} cycles"


async def send(ctx, port, payloads, rng: random.Random, idle: float) -> None:
    """Offer payloads (functions that set ``port.payload``) on a stream with random idle cycles."""
    for fill in payloads:
        while rng.random() < idle:
            ctx.set(port.valid, 0)
            await ctx.tick()
        fill(ctx)
        ctx.set(port.valid, 1)
        await ctx.tick().until(port.ready)
    ctx.set(port.valid, 0)


async def receive(ctx, port, read, count: int, rng: random.Random, stall: float) -> list:
    """Take ``count`` payloads (through ``read(ctx)``) from a stream with random stalls."""
    taken = []
    while len(taken) < count:
        ready = rng.random() >= stall
        ctx.set(port.ready, ready)
        _, _, valid, value = await ctx.tick().sample(port.valid, read)
        if ready and valid:
            taken.append(value)
    ctx.set(port.ready, 0)
    return taken


def responses(
    component, inputs: list, outputs: list, sets: list[list[int]], latency: int
) -> list[list[int]]:
    """Values of ``outputs``, ``latency`` cycles after each of ``sets``, one set a cycle.

    component : clocked or combinational
    inputs, outputs : its signals; each of ``sets`` has a number for every input
    """
    m = Module()
    m.submodules.component = component
    # One wide signal each way: the simulator settles after everything that a bench sets.
    given, found = (Signal(sum(map(len, signals))) for signals in (inputs, outputs))
    m.d.comb += [Cat(*inputs).eq(given), found.eq(Cat(*outputs))]
    m.d.sync += Signal(name="clocked").eq(1)  # a combinational component has no clock of its own
    words = [_packed(inputs, numbers) for numbers in sets]
    results = []

    async def bench(ctx):
        for cycle in range(len(words) + latency):
            ctx.set(given, words[min(cycle, len(words) - 1)])
            if cycle >= latency:
                results.append(_unpacked(outputs, ctx.get(found)))
            await ctx.tick()

    simulate(m, bench)
    return results


def _packed(signals: list, numbers: list[int]) -> int:
    word, place = 0, 0
    for signal, number in zip(signals, numbers, strict=True):
        shape = signal.shape()
        lowest = -(1 << shape.width >> 1) if shape.signed else 0
        assert 0 <= number - lowest < 1 << shape.width, f"{signal.name} cannot be {number}"
        word |= (number & ((1 << shape.width) - 1)) << place
        place += shape.width
    return word


def _unpacked(signals: list, word: int) -> list[int]:
    numbers = []
    for signal in signals:
        shape = signal.shape()
        number = word & ((1 << shape.width) - 1)
        word >>= shape.width
        negative = shape.signed and number >> (shape.width - 1) & 1
        numbers.append(number - (negative << shape.width))
    return numbers
