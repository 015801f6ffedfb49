"""In integers: signs are counted. A code is a byte, and a negative one votes for 1."""

from dataclasses import dataclass, field

import numpy as np

from model.names import checked_identifier
from quant.document import Document
from quant.fields import whole
from quant.provenance import checked_provenance
from toy_repetition.model import transmitted


@dataclass(frozen=True)
class RepetitionSpec(Document):
    """``bits`` bits a frame, each sent ``repeats`` times (odd) and decided by the majority."""

    name: str = "repetition"
    bits: int = 6
    repeats: int = 5
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = "toy_repetition"

    def __post_init__(self) -> None:
        checked_identifier("name", self.name)
        whole("bits", self.bits, 1, 8)
        whole("repeats", self.repeats, 1, 255)

    @classmethod
    def arguments(cls, record: dict) -> dict:
        return {
            "name": record["name"], "bits": record["bits"], "repeats": record["repeats"],
            "provenance": checked_provenance(record.get("provenance", {})),
        }  # fmt: skip

    @property
    def n(self) -> int:
        """Codes of a frame."""
        return self.bits * self.repeats

    @property
    def made_for(self) -> str:
        return "repetition"

    def describe(self) -> str:
        return f"repetition code, {self.bits} bits {self.repeats} times"

    def remarks(self) -> list[str]:
        return []


SPEC = RepetitionSpec


def spec_of_code(code: str, architecture: str | None = None) -> RepetitionSpec:
    """The spec that ``--code repetition`` stands for."""
    return RepetitionSpec()


def golden(spec: RepetitionSpec, codes: np.ndarray) -> np.ndarray:
    """Codes int8 (frames, n) to bits uint8 (frames, bits)."""
    votes = (codes < 0).reshape(len(codes), spec.bits, spec.repeats).sum(axis=2)
    return (votes > spec.repeats // 2).astype(np.uint8)


def traffic(
    spec: RepetitionSpec, snr_db: float, rng: np.random.Generator, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Random bits and the codes that a receiver sees of them through AWGN."""
    sent = rng.integers(0, 2, (frames, spec.bits), dtype=np.uint8)
    noise = rng.normal(0.0, 10 ** (-snr_db / 20), (frames, spec.n))
    received = transmitted(sent, spec.repeats) + noise
    return sent, np.clip(np.floor(32 * received), -128, 127).astype(np.int8)


def score(spec: RepetitionSpec, sent: np.ndarray, got: np.ndarray) -> dict[str, np.ndarray]:
    """Errors of each frame by kind."""
    return {"bit_errors": (sent != got).sum(axis=1)}
