"""Forms that a spec's numbers may have, and that hardware and C model make use of."""

from collections.abc import Sequence

from quant.spec import Channel, Spec


def odd_sums(spec: Spec) -> bool:
    """Whether every APP value is odd: channel values are, levels are even, nothing saturates."""
    if spec.relaxation or spec.flooding or not spec.adds_exactly:
        return False
    sent = all(count == spec.code.lifting_size for count in spec.code.transmitted_lanes)
    return sent and odd_tables(spec.channel, spec.thresholds, spec.maps.codebook)


def odd_tables(
    channel: Channel, thresholds: Sequence[int], codebook: Sequence[Sequence[int]]
) -> bool:
    """Whether sums of such channel values and levels are odd, and no threshold is below 2."""
    even = not any(level & 1 for levels in codebook for level in levels)
    return channel.only_odd and even and thresholds[0] > 1


def offset_maps(spec: Spec) -> bool:
    """Whether each map takes a number from the magnitude, which is the index, and ends at 0."""
    last = spec.n_levels - 1
    if spec.tie_levels or list(spec.thresholds) != list(range(1, spec.n_levels)):
        return False
    return all(
        list(levels) == [max(0, i - last + levels[-1]) for i in range(spec.n_levels)]
        for levels in spec.maps.codebook
    )
