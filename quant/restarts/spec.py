"""The spec of a decoder with restarts: a min-sum decoder, permutations, and how often."""

from dataclasses import dataclass, field

from model.automorphisms import check_automorphism
from model.errors import InputError
from model.names import checked_identifier
from quant import kinds
from quant.document import Document
from quant.fields import tuples, whole
from quant.provenance import checked_provenance
from quant.spec import Spec

MAX_ITERATIONS, MAX_DAMPING, MAX_STARTS = 127, 7, 8


@dataclass(frozen=True)
class RestartSpec(Document):
    """``decoder`` in blocks, each from the values of the one before, permuted.

    A block is a whole run of ``decoder`` from the values v, in its APP LSB, with no messages. If it
    verifies the frame, the start ends. If not, with the APP values a that it ended with, bit i of
    the next block has

        w[rotation[i]], w = clip(v + ((a - v + 2^(damping-1)) >> damping))

    where the shift floors, 2^-1 is 0 for ``damping`` 0, and clip limits to the largest magnitude of
    ``decoder``'s channel. Blocks of a start are at most ``blocks``.

    Each start s begins with value ``starts[s][i]`` of the channel at bit i. Of those that verify,
    the result is the word with the least metric: the sum of the channel values' magnitudes where
    the word differs from their signs; of equal ones the first. If none does, it is the last word of
    the first start. Iterations are those of the start that takes longest: starts run side by side.

    rotation, starts : permutations of 0 ... n-1 that map the code onto itself (automorphisms)
    """

    name: str
    decoder: Spec
    blocks: int
    damping: int
    rotation: tuple[int, ...]
    starts: tuple[tuple[int, ...], ...]
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = "restarted_decoder"

    def __post_init__(self) -> None:
        checked_identifier("name", self.name)
        self._check_decoder()
        whole("blocks", self.blocks, 1, MAX_ITERATIONS)
        whole("damping", self.damping, 0, MAX_DAMPING)
        if self.iterations > MAX_ITERATIONS:
            raise InputError(
                f"blocks is {self.blocks}, of {self.decoder.iterations} iterations each: "
                f"{self.iterations} in all, at most {MAX_ITERATIONS}"
            )
        whole("starts: entries", len(self.starts), 1, MAX_STARTS)
        named = [("rotation", self.rotation)]
        named += [(f"starts[{s}]", start) for s, start in enumerate(self.starts)]
        for name, permutation in named:
            check_automorphism(self.decoder.graph(), name, permutation)

    def _check_decoder(self) -> None:
        decoder = self.decoder
        if not isinstance(decoder, Spec):
            raise InputError(f"decoder is of kind {decoder.kind!r}, must be a min-sum decoder")
        if not decoder.early_stop:
            raise InputError("decoder: early_stop is false, no block would end a start")
        if decoder.retries:
            raise InputError("decoder has retries of its own, in place of which restarts are")
        if decoder.n != decoder.n_variables:
            raise InputError(
                f"decoder: {decoder.n} of {decoder.n_variables} bits are transmitted, must be all"
            )

    @classmethod
    def arguments(cls, record: dict) -> dict:
        return {
            "name": record["name"],
            "decoder": kinds.from_record(record["decoder"], "decoder"),
            "blocks": record["blocks"],
            "damping": record["damping"],
            "rotation": tuples("rotation", record["rotation"], 1),
            "starts": tuples("starts", record["starts"], 2),
            "provenance": checked_provenance(record.get("provenance", {})),
        }

    @property
    def n(self) -> int:
        """Codes of a frame."""
        return self.decoder.n

    @property
    def n_variables(self) -> int:
        """Bits of a result."""
        return self.decoder.n_variables

    @property
    def k(self) -> int:
        """Information bits of a frame."""
        return self.decoder.k

    @property
    def iterations(self) -> int:
        """Most iterations of a frame."""
        return self.blocks * self.decoder.iterations

    @property
    def most_iterations(self) -> int:
        """The same, as decoders have it."""
        return self.iterations

    @property
    def made_for(self) -> str:
        return self.decoder.made_for

    def describe(self) -> str:
        starts = f", {len(self.starts)} starts" if len(self.starts) > 1 else ""
        return f"{self.decoder.describe()}; at most {self.blocks} times, permuted{starts}"

    def remarks(self) -> list[str]:
        return self.decoder.remarks()
