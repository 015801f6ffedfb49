"""Decisions of a finished frame, back in the natural order of its code."""

from amaranth.lib import data

from hw.code_set.grouped.addressing import GroupedAddressing
from hw.code_set.unloader import SetUnloader
from hw.code_set.windows import SetWindows
from hw.layered.program import Addressing
from hw.lib.arithmetic import bits_for
from hw.lib.window_memory import pieces_of


class GroupedWindows(SetWindows):
    """As for one lifting size; an offset has the number of its code's layout above the piece."""

    @property
    def _piece_bits(self) -> int:
        """Bits of an offset within a word of the memory of decisions."""
        lanes, pieces = pieces_of(self.addressing.lanes, self.beat_bits)
        return (lanes - 1).bit_length() + (pieces - 1).bit_length()

    @property
    def layout(self) -> data.StructLayout:
        bits = self._piece_bits + bits_for(len(self.addressing.lane_layout.counts))
        return data.StructLayout(super().layout.members | {"offset": bits})

    def offset_of(self, member: Addressing) -> int:
        layout = self.addressing.lane_layout
        number = layout.counts.index(self.addressing.units(member))
        return number << self._piece_bits


class GroupedUnloader(SetUnloader):
    """Reads a word in the order of its code."""

    def _piece_bits(self, addressing: GroupedAddressing) -> int:
        layouts = len(addressing.lane_layout.counts)
        return (self.pieces - 1).bit_length() + bits_for(layouts)
