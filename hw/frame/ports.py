"""The typed ports between a core and what is around it, and the streams outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from amaranth.hdl import signed
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hw.frame import status

VALUE_BITS = 8
"""Of a soft value on ``m_axis`` (:mod:`quant.min_sum.soft_output`)."""


@dataclass(frozen=True)
class FrameFormat:
    """What a frame is on its way into a core and out of it.

    values : of a frame, in the order in which they come
    values_per_beat : what exceeds the frame in its last beat means nothing
    value_bits : of a value as the core takes it (a decoder: a code of the spec's channel)
    bits : of a frame's answer; the last beat is padded with 0
    bits_per_beat : of the answer
    status : field to bits, what the core says of a frame beside its answer
    mark : field to bits, of what it returns with the answer as it came with the frame
    soft_bits : of a soft value, two's complement, whose sign is the bit; 0 where there are none
    soft_odd : all of them are odd
    mixed : with soft values: an answer has these or bits, as it says, the bits in full beats
    summed : of the status, if it has them: their sum over all frames means something
    apart : field of the status to number of values: frames of each are counted apart
    """

    values: int
    values_per_beat: int
    value_bits: int
    bits: int
    bits_per_beat: int
    status: Mapping[str, int] = field(default_factory=lambda: status.DECODER)
    mark: Mapping[str, int] = field(default_factory=dict)
    soft_bits: int = 0
    soft_odd: bool = False
    mixed: bool = False
    summed: tuple[str, ...] = field(default_factory=lambda: tuple(status.DECODER))
    apart: Mapping[str, int] = field(default_factory=dict)

    @property
    def input_beats(self) -> int:
        """Of a frame."""
        return -(-self.values // self.values_per_beat)

    @property
    def output_beats(self) -> int:
        """Of an answer."""
        return -(-self.bits // self.bits_per_beat)

    @property
    def output_width(self) -> int:
        """Bits of ``m_axis_tdata``: the answer's, or a byte for each where there are values."""
        return self.bits_per_beat * (VALUE_BITS if self.soft_bits else 1)

    @property
    def last_input_bytes(self) -> int:
        """Of a frame's last beat, those that mean something; each value has one."""
        return (self.values - 1) % self.values_per_beat + 1

    @property
    def last_output_bytes(self) -> int:
        """Of an answer's last beat, those with any of its bits."""
        bits = (self.bits - 1) % self.bits_per_beat + 1
        return -(-bits * self.output_width // (self.bits_per_beat * 8))

    @property
    def user(self) -> dict[str, int]:
        """Fields of ``m_axis_tuser``."""
        return {**self.status, **self.mark}

    @property
    def beat(self) -> data.StructLayout:
        """Into a core; with ``abort`` the values mean nothing, and the frame so far is discarded.

        ``mark`` is the same on all beats of a frame.
        """
        values = data.ArrayLayout(self.value_bits, self.values_per_beat)
        return data.StructLayout(
            {"values": values, "abort": 1, "mark": status.layout(self.mark)}
        )

    @property
    def answer(self) -> data.StructLayout:
        """Out of a core; ``status`` and ``mark`` are the same on all beats of a frame.

        ``soft``, where there is any, are the values whose signs are ``bits``; what exceeds the
        frame in its last beat is 0, or 1 where values are odd. Where answers are ``mixed``,
        ``hard`` says which of the two leave.
        """
        said = {"status": status.layout(self.status), "mark": status.layout(self.mark)}
        if self.mixed:
            said["hard"] = 1
        if self.soft_bits:
            said["soft"] = data.ArrayLayout(signed(self.soft_bits), self.bits_per_beat)
        bits = self.output_width if self.mixed else self.bits_per_beat
        return data.StructLayout({"bits": bits, "last": 1} | said)


def core_ports(form: FrameFormat) -> dict:
    """Members of every core.

    i : beats of whole frames, or an abort in the place of a beat
    due : the beat that is taken next is the frame's last. It does not depend on ``i``
    room : a whole frame could be taken now
    o : beats of answers, in the order of the frames, unless the core says otherwise
    """
    return {
        "i": In(stream.Signature(form.beat)),
        "due": Out(1),
        "room": Out(1),
        "o": Out(stream.Signature(form.answer)),
    }


def stream_ports(
    byte_lanes: int, output_width: int, user_bits: int, keep: bool = False, error: bool = False
) -> dict:
    """Members of a shell: ``byte_lanes`` values of a byte each in, the answer out, AXI4-Stream."""
    return {
        "s_axis_tdata": In(8 * byte_lanes),
        "s_axis_tvalid": In(1),
        "s_axis_tready": Out(1),
        "s_axis_tlast": In(1),
        **({"s_axis_tkeep": In(byte_lanes)} if keep else {}),
        **({"s_axis_tuser": In(1)} if error else {}),
        "m_axis_tdata": Out(output_width),
        "m_axis_tvalid": Out(1),
        "m_axis_tready": In(1),
        "m_axis_tlast": Out(1),
        **({"m_axis_tkeep": Out(-(-output_width // 8))} if keep else {}),
        "m_axis_tuser": Out(user_bits),
        "frame_dropped": Out(1),
    }
