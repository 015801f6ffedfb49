"""What a core with registers must have counted, cycle by cycle, from what is seen at its ports."""

from cocotb.triggers import FallingEdge, ReadOnly

SNAPSHOT, CLEAR, SOFT_RESET = 1, 2, 4
"""Bits of ``control``: each acts in the cycle in which the response to its write appears."""
_STREAMS = ("s_axis_tvalid", "s_axis_tready", "s_axis_tlast", "m_axis_tvalid", "m_axis_tready",
            "m_axis_tlast", "m_axis_tuser", "frame_dropped")  # fmt: skip


class Counting:
    """Counters beside those of the core.

    Parameters
    ----------
    prefix : of the AXI4-Lite port
    sums : register to (lowest bit, width) of the field of ``m_axis_tuser`` that it sums
    apart : register to (condition or None, field, value): results whose field, (lowest bit, width),
        has the value, and whose condition, if there is one, is 1
    beats : of a frame, where nothing else ends one; 0 where ``tlast`` does

    Attributes
    ----------
    asked : bits of ``control`` that are on their way; whoever writes there sets them before
    copied : register to count, at the last snapshot
    begun, place : frames whose first beat was taken, and beats of the last of them if it has no end
    cut : both, at the last soft reset
    snapshots, soft_resets : how many there were
    """

    def __init__(
        self, dut, prefix: str, sums: dict[str, tuple[int, int]], apart: dict[str, tuple],
        beats: int = 0,
    ):  # fmt: skip
        self.dut, self.prefix, self.sums, self.apart, self.beats = dut, prefix, sums, apart, beats
        names = ("cycles", "frames", "dropped", "input_stalled", "output_stalled", *sums, *apart)
        self.zero = dict.fromkeys(names, 0)
        self.counts, self.seen, self.copied = dict(self.zero), dict(self.zero), dict(self.zero)
        self.asked = self.begun = self.place = self.snapshots = self.soft_resets = 0
        self.cut = (0, 0)

    async def watch(self) -> None:
        """Follow the core, for as long as the task lasts."""
        streams = [getattr(self.dut, name) for name in _STREAMS]
        valid, ready = (getattr(self.dut, f"{self.prefix}_{name}") for name in ("bvalid", "bready"))
        free = True  # whether a response that is there now is a new one
        while True:
            await FallingEdge(self.dut.clk)
            await ReadOnly()
            new = free and bool(int(valid.value))
            free = not int(valid.value) or bool(int(ready.value))
            pulses, self.asked = (self.asked, 0) if new else (0, self.asked)
            self._cycle(pulses, *(int(each.value) for each in streams))

    def _cycle(self, pulses, sent, taken, ends, came, wanted, last, user, dropped) -> None:
        result = came and wanted and last
        now = {
            "cycles": 1, "frames": result, "dropped": dropped,
            "input_stalled": sent and not taken, "output_stalled": came and not wanted,
        }  # fmt: skip
        for name, place in self.sums.items():
            now[name] = _field(user, place) if result else 0
        for name, (condition, place, value) in self.apart.items():
            meant = condition is None or _field(user, condition)
            now[name] = int(result and meant and _field(user, place) == value)
        # An event counts a cycle after it is seen, the clock always.
        following = {name: self.counts[name] + self.seen[name] for name in self.zero}
        following["cycles"] = self.counts["cycles"] + 1
        if pulses & SNAPSHOT:
            self.copied, self.snapshots = following, self.snapshots + 1
        self.counts = dict(self.zero) if pulses & (CLEAR | SOFT_RESET) else following
        self.seen = now
        if pulses & SOFT_RESET:
            self.seen = dict(self.zero)
            self.cut, self.soft_resets = (self.begun, self.place), self.soft_resets + 1
        if sent and taken:
            self.begun += self.place == 0
            over = self.place + 1 == self.beats if self.beats else ends
            self.place = 0 if over else self.place + 1


def _field(word: int, place: tuple[int, int]) -> int:
    low, width = place
    return word >> low & (1 << width) - 1
