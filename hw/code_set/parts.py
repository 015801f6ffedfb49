"""What a decoder of a set is made of: for codes of one lifting size, or of several."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.lib import data, wiring

from hw.code_set.addressing import SetAddressing
from hw.code_set.chunks import SetChunks
from hw.code_set.grouped.addressing import GroupedAddressing
from hw.code_set.grouped.channel_memory import GroupedChannelMemory
from hw.code_set.grouped.datapath import GroupedDatapath
from hw.code_set.grouped.loader import GroupedChunks, GroupedLoader
from hw.code_set.grouped.unloader import GroupedUnloader, GroupedWindows
from hw.code_set.loader import SetLoader
from hw.code_set.unloader import SetUnloader
from hw.code_set.windows import SetWindows
from hw.layered.datapath import Datapath
from hw.layered.job import Job
from hw.lib.memory import BlockMemory


@dataclass(frozen=True)
class Parts:
    """Classes, and the memories of the streams.

    channel_memory : of an addressing, bits of a lane, number of regions and whether the target has
        wide writes
    """

    addressing: type[SetAddressing]
    chunks: type[SetChunks]
    windows: type[SetWindows]
    loader: type[SetLoader]
    unloader: type[SetUnloader]
    datapath: type[Datapath]
    channel_memory: Callable[[SetAddressing, int, int, bool], wiring.Component]


def _channel_memory(
    addressing: SetAddressing, width: int, regions: int, wide_writes: bool
) -> BlockMemory:
    lanes = data.ArrayLayout(width, addressing.lanes)
    return BlockMemory(lanes, regions << addressing.channel_bits)


ONE_SIZE = Parts(
    addressing=SetAddressing,
    chunks=SetChunks,
    windows=SetWindows,
    loader=SetLoader,
    unloader=SetUnloader,
    datapath=Datapath,
    channel_memory=_channel_memory,
)
SIZES_OF_A_UNIT = Parts(
    addressing=GroupedAddressing,
    chunks=GroupedChunks,
    windows=GroupedWindows,
    loader=GroupedLoader,
    unloader=GroupedUnloader,
    datapath=GroupedDatapath,
    channel_memory=GroupedChannelMemory,
)


def parts_of(jobs: tuple[Job, ...]) -> Parts:
    """The parts of a decoder of these codes."""
    sizes = {job.code.lifting_size for job in jobs}
    return ONE_SIZE if len(sizes) == 1 else SIZES_OF_A_UNIT
