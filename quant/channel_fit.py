"""The step of a spec's channel for another channel than BPSK over AWGN, by frame errors.

Thresholds and levels are integers in units of the channel's step, so that the step alone scales the
whole alphabet to what the LLRs of a channel are like.
"""

from dataclasses import replace

from quant.cmodel.tunable import TunableModel
from quant.min_sum.link import Channel
from quant.provenance import fitted_for
from quant.search.trial import waterfall_db
from quant.spec import Spec

_FER = 0.05
_BITS = 20_000_000  # transmitted, of all frames that a step is judged by
_FEWEST, _MOST = 500, 20_000  # frames
_STEPS = (1.15, 1.05, 1.02)
_REACH = 3.0


def suited(spec: Spec, channel: Channel, seed: int = 1) -> Spec:
    """The spec with the channel step that leaves the fewest frames wrong.

    All steps see the same frames, at an Eb/N0 where one frame in twenty fails. Larger or smaller
    steps are tried while they are better, first in steps of 15 %, at the end of 2 %.
    """
    model = TunableModel(spec)
    frames = min(_MOST, max(_FEWEST, _BITS // spec.n))
    counted: dict[float, int] = {}

    def errors(scale: float) -> int:
        if scale not in counted:
            step = replace(spec.channel, lsb_llr=spec.channel.lsb_llr * scale)
            model.set_tables(step, spec.thresholds, spec.maps.codebook)
            counts = model.simulate(channel.at(at, spec), seed, 3, 0, frames)
            counted[scale] = int((counts.bit_errors > 0).sum())
        return counted[scale]

    at, best = waterfall_db(model, channel, _FER, seed, frames), 1.0
    for factor in _STEPS:
        for way in (factor, 1 / factor):
            while 1 / _REACH < best * way < _REACH and errors(best * way) < errors(best):
                best *= way
    lsb_llr = round(spec.channel.lsb_llr * best, 5)
    return replace(
        spec,
        channel=replace(spec.channel, lsb_llr=lsb_llr),
        provenance=fitted_for(spec.provenance, channel, at, round(best, 4)),
    )
