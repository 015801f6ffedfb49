"""The codes of Tasdighi and Yousefi 2025 that adaptive decoders are measured on.

Theirs are called C1 to C12. C4 (5G NR) and the codes of the fibre experiments are left out, C8 has
more entries than its matrix. Of C5 the standard's matrix is taken: that of the paper's archive
holds a check that the code has not.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A code and how its decoders are trained, chosen and measured.

    Attributes:
        name: In the catalogue.
        title: What the table is called.
        iterations: Of one decoder, at most.
        ebn0_db: Where error rates are measured.
        train: Eb/N0 or range in dB of all training, as ``model.train`` takes it.
        steps, batch: Of training.
        weights: How many points of the trained distribution are tried, an odd number.
        depth: In so many first iterations they are tried in all combinations.
        frames: Most frames a point.
        network: Whether the two-stage decoder is trained, too.
    """

    name: str
    title: str
    iterations: int
    ebn0_db: tuple[float, ...]
    train: str
    steps: int
    batch: int
    weights: int
    depth: int
    frames: int
    network: bool = False


CASES = (
    Case(
        "bch_63_36_cycle_reduced", "C1, BCH (63, 36), cycle-reduced checks", 5, (5.0, 6.0),
        "4:6", 500, 200, 5, 3, 400_000, network=True,
    ),
    Case(
        "ccsds_128_64", "C5, CCSDS (128, 64)", 20, (4.0, 4.5),
        "3:4.5", 300, 100, 5, 3, 1_500_000, network=True,
    ),
    Case(
        "adaptive_c2", "C2, QC-LDPC (3224, 1615)", 20, (2.1,), "2.0:2.3", 60, 20, 3, 3, 40_000,
    ),
    Case(
        "adaptive_c3", "C3, QC-LDPC (4016, 2765)", 20, (2.6,), "2.6:2.9", 60, 20, 3, 3, 40_000,
    ),
    Case(
        "adaptive_c6", "C6, QC-LDPC (1050, 875)", 20, (3.8,), "3.6:4.2", 150, 50, 3, 3, 60_000,
    ),
    Case(
        "adaptive_c7", "C7, QC-LDPC (1050, 850)", 20, (3.5,), "3.1:3.5", 150, 50, 3, 3, 60_000,
    ),
)  # fmt: skip
