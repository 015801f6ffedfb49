"""Frames in flight by the tags that their results carry, for cores that send results out of order.

A tag is the number of a frame, modulo the field's range, among the frames of right length that
were given since reset.
"""

from typing import Any


class Tags:
    """What is in flight: given, and no result yet.

    Parameters
    ----------
    width : bits of a tag
    problems : a line is added for what goes wrong besides results

    Attributes
    ----------
    overtaken : results that came while an older frame had none
    """

    def __init__(self, width: int, problems: list[str]):
        self.count, self.problems = 1 << width, problems
        self.overtaken = 0
        self.reset()

    def reset(self) -> None:
        """The core was reset: nothing is in flight, tags begin at 0."""
        self.next = 0
        self.in_flight: dict[int, Any] = {}  # tag: what was given, oldest first

    def give(self, frame: Any) -> None:
        """A frame of right length has been given; ``frame`` is what ``take`` returns for it."""
        if self.next in self.in_flight:
            self.problems.append(f"more than {self.count} frames in flight: two have the same tag")
        self.in_flight[self.next] = frame
        self.next = (self.next + 1) % self.count

    def take(self, tag: int) -> Any:
        """The frame whose result carries ``tag``; None if no frame in flight has it."""
        if tag not in self.in_flight:
            return None
        self.overtaken += tag != next(iter(self.in_flight))
        return self.in_flight.pop(tag)
