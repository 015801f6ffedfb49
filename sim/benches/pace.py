"""Idle cycles of the input, stalls of the output, and what AXI promises while they last."""

import random
from collections.abc import Callable

from cocotb.triggers import FallingEdge, ReadOnly, Timer

from sim.benches.common import PERIOD_NS

# level -> (mean cycles running, mean cycles paused); level 0 never pauses
LEVELS = {1: (4.0, 2.0), 2: (2.0, 12.0)}
PROTOCOL_FRAMES = 6  # per regime with stalls: frames watched cycle by cycle for AXI stability


class Pace:
    """When streams pause.

    Parameters
    ----------
    regimes : [first frame, idle level of the input, stall level of the output] each
    rng : lengths of running and pausing are drawn from it
    """

    def __init__(self, regimes: list[list[int]], rng: random.Random):
        self.regimes, self.rng = regimes, rng

    def idle(self, frame: int) -> int:
        """Idle level of the input for the frame with this number."""
        return self._level(1, frame)

    def stall(self, frame: int) -> int:
        """Stall level of the output for the frame with this number."""
        return self._level(2, frame)

    def _level(self, place: int, frame: int) -> int:
        current = 0
        for regime in self.regimes:
            if frame >= regime[0]:
                current = regime[place]
        return current

    async def pause_at_random(self, stream, level: Callable[[], int]) -> None:
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

    async def watch_protocol(self, dut, received: Callable[[], int], problems: list[str]) -> None:
        """AXI: a beat that is offered stays as it is until it is taken.

        dut : its m_axis is watched at the beginning of each regime with stalls
        received : how many frames have come out
        problems : a line is added for the first beat that changes
        """
        signals = [dut.m_axis_tdata, dut.m_axis_tlast, dut.m_axis_tuser]
        watched = [
            range(first, first + PROTOCOL_FRAMES) for first, _, stall in self.regimes if stall
        ]
        offered = None
        while True:
            if not any(received() in part for part in watched):
                offered = None
                await Timer(32 * PERIOD_NS, "ns")
                continue
            await FallingEdge(dut.clk)
            await ReadOnly()
            valid = int(dut.m_axis_tvalid.value)
            beat = [int(signal.value) for signal in signals] if valid else None
            if offered is not None and beat != offered and not problems:
                problems.append(
                    f"m_axis changed an offered beat before it was taken (output frame "
                    f"{received()}): tdata, tlast, tuser {offered} became "
                    f"{beat if valid else 'not valid'}"
                )
            offered = beat if valid and not int(dut.m_axis_tready.value) else None
