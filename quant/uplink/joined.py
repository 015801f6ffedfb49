"""A detector and a decoder to an uplink: the detector's LLRs get the steps of the decoder."""

from dataclasses import replace

from quant.fields import whole
from quant.mimo_detector.spec import DetectorSpec
from quant.signed_powers import signed_powers
from quant.spec import Spec
from quant.uplink.spec import UplinkSpec, check_kinds

_TERMS, _FINEST = 3, -10


def joined(
    name: str, detector: DetectorSpec, decoder: Spec, llr_bits: int = 6, llr_scale: float = 1.0,
    **provenance,
) -> UplinkSpec:  # fmt: skip
    """The uplink of both; the detector's LLR gain is rounded to a few signed powers of two.

    The largest LLR is a little beyond where the decoder's last channel code begins.

    Parameters
    ----------
    llr_bits : width of the LLRs between them
    llr_scale : what LLRs are multiplied with on their way to the decoder
    """
    check_kinds(detector, decoder)
    whole("llr_bits", llr_bits, 4, 8)
    channel, most = decoder.channel, (1 << (llr_bits - 1)) - 1
    cuts = channel.cuts or range(1, channel.maximum_code + 1)
    begins = [cut * channel.lsb_llr for cut in cuts]
    step = begins[-1] / (most - 0.5)
    gain = detector.llr_gain.value * detector.llr_step / step * llr_scale
    fitted = replace(
        detector, llr_bits=llr_bits, llr_step=step,
        llr_gain=signed_powers(gain, _TERMS, _FINEST),
    )  # fmt: skip
    thresholds = [max(1, round(begin / step)) for begin in begins]
    return UplinkSpec(name, fitted, decoder, tuple(thresholds), dict(provenance))
