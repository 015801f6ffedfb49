"""The C model: one program with the decoder and what lies between its blocks."""

import textwrap
from collections.abc import Iterable

import numpy as np

from model.printable import in_comment
from quant.cmodel.tables import Tunable
from quant.golden.channel import saturate_code
from quant.min_sum import wrapped
from quant.restarts.spec import RestartSpec


def sources(spec: RestartSpec, tunable: Tunable | None = None) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header.

    tunable : with a function that sets the decoder's tables
    """
    # The decoder's own name may be that of the whole.
    struct, channel = f"spec_{spec.name}_decoder", spec.decoder.channel
    values = channel.steps_of(saturate_code(spec.decoder, np.arange(-128, 128)))
    filled = {
        "STRUCT": struct,
        "STARTS": len(spec.starts),
        "BLOCKS": spec.blocks,
        "DAMPING": spec.damping,
        "LARGEST": channel.largest,
        "CHANNEL": _numbers(values << channel.app_shift),
        "ROTATION": _numbers(spec.rotation),
        "FIRST": ",".join(f"{{{_numbers(start)}}}" for start in spec.starts),
        "CODE": in_comment(spec.decoder.code.name),
    }
    about = "a decoder that is permuted and started again"
    return wrapped.sources(
        spec, about, {struct: spec.decoder}, "quant.restarts", filled, tunable
    )


def _numbers(values: Iterable[int]) -> str:
    return "\n".join(textwrap.wrap(", ".join(str(int(value)) for value in values), 96))


class RestartModel(wrapped.WrapperModel):
    """The compiled model."""

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)
