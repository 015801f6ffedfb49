"""The Verilog ports of every decoder: LLRs in, hard decisions out, both AXI4-Stream.

``m_axis_tuser`` is {dropped[3:0], iterations[6:0], decoded}, and {tag[7:0], dropped[3:0],
iterations[6:0], decoded} of several decoders with ``order`` "out-of-order": ``tag`` is the number
of the frame since reset, modulo 256, among those of right length, the first one's 0.
"""

from amaranth.lib.wiring import In, Out


def stream_ports(options, user_bits: int) -> dict:
    """Members of a decoder whose ``options`` have ``llrs_per_beat`` and ``bits_per_beat``.

    user_bits : of ``m_axis_tuser``
    """
    return {
        "s_axis_tdata": In(8 * options.llrs_per_beat),
        "s_axis_tvalid": In(1),
        "s_axis_tready": Out(1),
        "s_axis_tlast": In(1),
        "m_axis_tdata": Out(options.bits_per_beat),
        "m_axis_tvalid": Out(1),
        "m_axis_tready": In(1),
        "m_axis_tlast": Out(1),
        "m_axis_tuser": Out(user_bits),
        "frame_dropped": Out(1),
    }
