"""A word before each frame and a word behind it: how it is to be treated, what became of it.

It reads ``words`` from the bench's options: see :class:`sim.stimulus.frames.Words`.
"""

import logging
from collections import deque

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource


class WordStreams:
    """Gives the words of frames, and compares those that come back with what is expected.

    Attributes
    ----------
    received : words that came back
    """

    def __init__(self, dut, options: dict, problems: list[str]):
        self.dut, self.options, self.problems = dut, options, problems
        self.expected: deque[tuple[int, str]] = deque()
        self.received = 0

    def start(self) -> None:
        """Make the drivers of both streams; the core is in reset."""
        clock, reset = self.dut.clk, self.dut.rst
        into, out = (AxiStreamBus.from_prefix(self.dut, self.options[name])
                     for name in ("prefix", "status_prefix"))  # fmt: skip
        self.source = AxiStreamSource(into, clock, reset, byte_lanes=1)
        self.sink = AxiStreamSink(out, clock, reset, byte_lanes=1)
        for stream in (self.source, self.sink):
            stream.log.setLevel(logging.ERROR)
        cocotb.start_soon(self._compare())

    async def give(self, number: int, whole: bool = True) -> None:
        """The word of input frame ``number``, which follows, whole or of a wrong length."""
        name = "expected" if whole else "dropped"
        await self._give(self.options["given"][number], self.options[name][number], str(number))

    async def give_invalid(self, which: int) -> None:
        """A word that the core must not take."""
        word, expected = self.options["invalid"][which]
        await self._give(word, expected, f"with invalid word {word:#010x}")

    async def _give(self, word: int, expected: int, frame: str) -> None:
        self.expected.append((expected, frame))
        await self.source.send(AxiStreamFrame([word]))

    async def _compare(self) -> None:
        while True:
            frame = await self.sink.recv()
            word = frame.tdata[0]
            if not self.expected:
                self.problems.append(f"status word {word:#010x} of no frame")
                continue
            due, name = self.expected.popleft()
            self.received += 1
            if word != due:
                self.problems.append(
                    f"status word of frame {name}: {word:#010x}, expected {due:#010x}"
                )

    def reset(self) -> None:
        """The core was reset: nothing is in flight."""
        self.source.clear()
        self.sink.clear()
        self.expected.clear()

    async def all_here(self, cycles: int) -> None:
        """Wait until every frame's word has come back; a problem if one has not."""
        for _ in range(cycles):
            if not self.expected:
                return
            await RisingEdge(self.dut.clk)
        self.problems.append(f"{len(self.expected)} frames without a status word")
