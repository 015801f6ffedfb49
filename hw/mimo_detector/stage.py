"""The one stage of a folded detector: every round ends at the users."""

from hw.mimo_array.geometry import ArrayGeometry
from hw.mimo_array.stage import Stage


class DetectorStage(Stage):
    """All rounds: none starts from symbols, all need the forward product."""

    matches = False
    forwards = True
    finishes = False
    iterates = True


def stage(geometry: ArrayGeometry) -> DetectorStage:
    """The stage that serves all rounds."""
    final = geometry.rounds - 1
    return DetectorStage(0, final, final)
