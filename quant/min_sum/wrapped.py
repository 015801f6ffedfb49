"""What families have in common whose specs hold min-sum decoders: error rates, comparison, C text.

Such a spec has one decoder, its ``inner`` one, whose own C model makes the frames: those of a seed
are then the ones that the decoder alone gets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from quant.cmodel import CModel
from quant.cmodel.emit import program
from quant.cmodel.parts import part
from quant.cmodel.tables import Tunable
from quant.comparison import Comparer, Unit
from quant.golden import Decoded, quantise_llr
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from quant.monte_carlo import FrameCounts, point_number
from quant.spec import Spec


def sources(
    spec,
    about: str,
    structs: Mapping[str, Spec],
    package: str,
    values: Mapping,
    tunable: Tunable | None = None,
) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header.

    The package's part of its own last name (``restarts.cpp``, ``restarts.h``) is the interface;
    ``@KEY@`` in it stands for a value of ``values``, SHA, NAME or GUARD.

    tunable : with a function that sets the tables of the only struct
    """
    values = {**values, "SHA": spec.sha, "NAME": spec.name,
              "GUARD": f"{spec.name}_cmodel_H".upper()}  # fmt: skip
    stem = package.rsplit(".", 1)[-1]
    interface, header = (_filled(part(f"{stem}.{end}", package), values) for end in ("cpp", "h"))
    texts = [interface]
    if tunable:
        (struct,) = structs
        texts += [f"#define CM_SPEC {struct}", part("tuning.cpp")]
    return {
        **program(spec.name, f"{spec.name}: {about}", spec.sha, structs, texts, tunable),
        f"{spec.name}_cmodel.h": header,
    }


def _filled(text: str, values: Mapping) -> str:
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


class WrapperModel(CModel):
    """A compiled model with :meth:`decode` alone, which returns no soft values."""

    signatures = {
        name: CModel.signatures[name]
        for name in ("spec_sha", "vector_bytes", "use_vector_bytes", "decode")
    }

    def decode(self, codes: np.ndarray) -> Decoded:
        """The same as the family's golden: codes int8 (frames, n)."""
        return super().decode(codes)


@dataclass(frozen=True)
class Wrapper:
    """What is particular about a family.

    inner : of a spec, the decoder that makes the frames
    golden : of a spec and channel codes int8 (frames, n)
    model : the compiled model's class
    points_db : Eb/N0 at which C and golden are compared
    """

    inner: Callable[[Any], Spec]
    golden: Callable[[Any, np.ndarray], Decoded]
    model: type[WrapperModel]
    points_db: tuple[float, ...]


class WrapperMonteCarlo(DecoderMonteCarlo):
    """As of decoders; a frame is the same one that the inner decoder alone gets from a seed."""

    models = ("c", "golden")
    parts: Wrapper

    @property
    def inner(self) -> Spec:
        """The decoder that makes the frames."""
        return self.parts.inner(self.spec)

    @cached_property
    def compiled(self) -> CModel:
        """The inner decoder alone."""
        return CModel(self.inner)

    @cached_property
    def whole(self) -> WrapperModel:
        """The compiled model of the spec."""
        return self.parts.model(self.spec)

    @cached_property
    def information_positions(self) -> np.ndarray:
        """Of the code."""
        return self.inner.information_positions

    def prepare(self, model: str) -> None:
        _ = self.decoder(model), self.information_positions

    def _decoder(self, model: str) -> Callable[[np.ndarray], Decoded]:
        if model == "c":
            whole = self.whole
            return lambda llr: whole.decode(self.compiled.quantise(llr))
        return lambda llr: self.parts.golden(self.spec, quantise_llr(self.inner, llr))

    def count(
        self, model: str, link: Channel, ebn0_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        return self.decoded_and_counted(
            self.decoder(model), self.information_positions, link, ebn0_db, seed, first, frames
        )

    def _rated(self) -> Callable[[np.ndarray], Decoded]:
        return self.whole.decode

    def remarks(self) -> list[str]:
        return DecoderMonteCarlo(self.inner).remarks()


class WrapperComparer(Comparer):
    """C against golden: random codewords over AWGN, all vector widths."""

    parts: Wrapper

    @cached_property
    def frames(self) -> CModel:
        """The inner decoder alone: it makes the frames."""
        return CModel(self.parts.inner(self.spec))

    @cached_property
    def model(self) -> WrapperModel:
        """The compiled model with every vector width."""
        return self.parts.model(self.spec, every_width=True)

    def points_db(self, seed: int) -> list[float]:
        return list(self.parts.points_db)

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        spec, model, inner = self.spec, self.model, self.parts.inner(self.spec)
        model.use_vectors_in_turn(number)
        where = Channel().at(point_db, spec), seed, point_number(point_db), number * frames, frames
        words, llr = self.frames.frames(*where)
        codes = quantise_llr(inner, llr)
        due = self.parts.golden(spec, codes)
        different = model.decode(codes).differs(due)
        wrong = (due.bits != words)[:, inner.information_positions].any(axis=1)
        model.use_vector_bytes(0)
        return Unit(frames, int(different.sum()), int(wrong.sum()), frames)
