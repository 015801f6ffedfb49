"""What a comparison of a C model with golden comes to."""

from dataclasses import dataclass


@dataclass
class Comparison:
    """Frames compared, frames with any difference, and the error rate at each point.

    rate : what the error rates are of: "FER", "BER"
    """

    frames: int
    different: int
    error_rates: list[float]
    rate: str = "FER"
