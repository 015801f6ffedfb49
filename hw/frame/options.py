"""Build options of whatever has a shell: said once, so that all engines mean the same."""

from collections.abc import Sequence

from hw.frame.collect import IN_ORDER, OLD_ORDERS, ORDERS
from hw.options import option

CODEWORD, INFORMATION = OUTPUTS = ("codeword", "information")
HARD, SOFT = DECISIONS = ("hard", "soft")


def llrs_per_beat(high: int):
    """A field: width of the input stream, at most ``high``; None for what the engine chooses."""
    return option(
        None,
        "LLRs, a byte each, in a beat of s_axis (default 4, or as many as keep the stream from "
        "slowing the decoders down)",
        low=1, high=high,
    )  # fmt: skip


def bits_per_beat(choices: Sequence[int]):
    """A field: width of the output stream."""
    return option(
        None,
        "bits in a beat of m_axis, with --decisions soft values, a byte each (default 8, or as for "
        "--llrs-per-beat)",
        choices=choices,
    )  # fmt: skip


TLAST, COUNT = "tlast", "count"


def frame_end():
    """A field: what ends a frame at the input (:class:`hw.frame.guard.FrameGuard`)."""
    return option(
        TLAST,
        "what ends an input frame. tlast: on its last beat, and a frame of another length is "
        "dropped; count: the number of beats, whatever tlast is, for a source that does not drive "
        "it, and nothing is dropped",
        choices=(TLAST, COUNT),
    )  # fmt: skip


def counts(options) -> bool:
    """Whether frames are counted; also for options of an engine that has no such field."""
    return getattr(options, "frame_end", TLAST) == COUNT


def tkeep():
    """A field: whether streams say which bytes of a beat are there."""
    return option(
        False,
        "tkeep on both streams, for DMA engines: m_axis_tkeep marks the bytes of the answer, and a "
        "frame that lacks a byte by s_axis_tkeep is dropped as one of wrong length is",
    )  # fmt: skip


def input_error():
    """A field: whether a source can call a frame wrong."""
    return option(
        False,
        "s_axis_tuser, one bit: 1 on any beat of a frame that is in error, which is then dropped "
        "as one of wrong length is",
    )  # fmt: skip


def output():
    """A field: which bits of a decoded frame leave."""
    return option(
        CODEWORD,
        "what m_axis carries of a frame: the hard decisions of all bits of the graph, or those of "
        "the k information bits alone, in their order (information_positions in build.json)",
        choices=OUTPUTS,
    )  # fmt: skip


_VALUES = (
    "soft: its a-posteriori value, a signed byte, saturated, which is negative where the decision "
    "is 1"
)


def decisions(values: str = _VALUES):
    """A field: what is said of each bit (:mod:`hw.frame.ports`); values : what soft means."""
    return option(
        HARD,
        f"what m_axis carries of a bit. hard: its decision; {values} (build.json: soft_step_lsb)",
        choices=DECISIONS,
    )  # fmt: skip


def soft(options) -> bool:
    """Whether values leave instead of bits."""
    return options.decisions == SOFT


def cores():
    """A field: how many cores share the streams."""
    return option(1, "decoders behind one pair of streams", low=1, high=16)


def order():
    """A field: of their answers (:mod:`hw.frame.collect`)."""
    return option(
        IN_ORDER,
        "of the results of several cores: that of the input, or out of order, each as soon as it "
        "is there, with its frame's number modulo 256 on top of m_axis_tuser",
        choices=ORDERS, old_values=OLD_ORDERS,
    )  # fmt: skip
