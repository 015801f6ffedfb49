"""Beats of a frame to groups of lanes of its columns: a beat never holds two columns' values."""

from amaranth.lib import data

from hw.code_set.addressing import SetAddressing
from hw.layered.chunks import FrameChunks
from hw.layered.program import Addressing


class SetChunks:
    """What the loader has to know of each beat, as of :class:`hw.layered.chunks.FrameChunks`."""

    def __init__(self, addressing: SetAddressing):
        self.addressing = addressing

    @property
    def room(self) -> int:
        """Beats of a frame of a code that is not known yet."""
        addressing = self.addressing
        return addressing.room.chunks(addressing.lifting_sizes, addressing.llrs_per_beat)

    @property
    def layout(self) -> data.StructLayout:
        groups = max(member.groups for member in self.addressing.members)
        fields = {"column": self.addressing.channel_bits, "here": groups}
        return data.StructLayout(
            fields | {name: 1 for name in ("due", "ends_column", "ends_frame")}
        )

    def words(self, member: Addressing) -> list[dict]:
        """One of ``layout`` for each beat of a frame of a code."""
        names = self.layout.members
        return [{name: word[name] for name in names} for word in FrameChunks(member).words()]
