"""Beats of a frame to groups of lanes of its columns: a beat never holds two columns' values."""

from amaranth.lib import data

from hw.code_set.addressing import SetAddressing
from hw.layered.chunks import FrameChunks
from hw.layered.program import Addressing


def chunk_layout(addressing: SetAddressing) -> data.StructLayout:
    """What the loader has to know of a beat, as of :class:`hw.layered.chunks.FrameChunks`."""
    groups = max(member.groups for member in addressing.members)
    fields = {"column": addressing.channel_bits, "here": groups}
    return data.StructLayout(fields | {name: 1 for name in ("due", "ends_column", "ends_frame")})


def chunk_words(addressing: SetAddressing, member: Addressing) -> list[dict]:
    """One of ``chunk_layout`` for each beat of a frame of a code."""
    names = chunk_layout(addressing).members
    words = FrameChunks(member).words()
    return [{name: word[name] for name in names} for word in words]
