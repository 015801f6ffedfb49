"""The C model: one program with the decoder and what lies between its blocks."""

import textwrap
from collections.abc import Iterable

import numpy as np

from model.printable import in_comment
from quant.cmodel import CModel
from quant.cmodel.emit import program
from quant.cmodel.parts import part
from quant.golden import Decoded
from quant.golden.channel import saturate_code
from quant.restarts.spec import RestartSpec

_HERE = "quant.restarts"


def sources(spec: RestartSpec) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header."""
    about = f"{spec.name}: a decoder that is permuted and started again"
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
        "SHA": spec.sha,
        "NAME": spec.name,
        "CODE": in_comment(spec.decoder.code.name),
        "GUARD": f"{spec.name}_cmodel_H".upper(),
    }
    interface, header = (_filled(name, filled) for name in ("restarts.cpp", "restarts.h"))
    return {
        **program(spec.name, about, spec.sha, {struct: spec.decoder}, [interface]),
        f"{spec.name}_cmodel.h": header,
    }


def _filled(name: str, values: dict) -> str:
    text = part(name, _HERE)
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def _numbers(values: Iterable[int]) -> str:
    return "\n".join(textwrap.wrap(", ".join(str(int(value)) for value in values), 96))


class RestartModel(CModel):
    """The compiled model: :meth:`decode`, which returns no soft values."""

    signatures = {
        name: CModel.signatures[name]
        for name in ("spec_sha", "vector_bytes", "use_vector_bytes", "decode")
    }

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)

    def decode(self, codes: np.ndarray) -> Decoded:
        """The same as :func:`quant.restarts.golden.decode`: codes int8 (frames, n)."""
        return super().decode(codes)
