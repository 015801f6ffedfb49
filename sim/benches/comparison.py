"""Output frames against what is expected of them: every beat and every status field."""

from cocotbext.axi import AxiStreamFrame

from sim.benches.contexts import ContextStream
from sim.benches.tags import Tags


class Comparison:
    """What must come out, and what was wrong with it.

    Parameters
    ----------
    outputs : the beats due for each input frame
    status : tuser due for each input frame
    fields : (lowest bit, width) of each field of tuser
    tags : the frames in flight, for cores whose results carry tags
    contexts : the second input stream, for cores that have one

    Attributes
    ----------
    mismatches : frames with a fault; ``first_mismatch`` says where the first was and what
    """

    def __init__(
        self,
        outputs: list[list[int]],
        status: list[int],
        fields: dict[str, tuple[int, int]],
        tags: Tags | None,
        contexts: ContextStream | None,
    ):
        self.outputs, self.status, self.fields = outputs, status, fields
        self.tags, self.contexts = tags, contexts
        self.mismatches = 0
        self.first_mismatch: str | None = None

    def field(self, frame: AxiStreamFrame, name: str) -> int:
        """A field of tuser, as the frame's first beat has it."""
        lowest, width = self.fields[name]
        return _first_user(frame) >> lowest & ((1 << width) - 1)

    def belongs_to(self, frame: AxiStreamFrame, next_one: tuple) -> tuple:
        """(input frame, frames dropped before it) of an output frame.

        next_one : the same of the frame whose turn it is, if results keep their order. The input
            frame is None where the tag is that of no frame in flight.
        """
        if self.tags is None:
            return next_one
        return self.tags.take(self.field(frame, "tag")) or (None, None)

    def compare(
        self, frame: AxiStreamFrame, number: int | None, dropped: int | None, where: str
    ) -> bool:
        """Whether a frame equals expected frame ``number``; a fault is counted.

        ``number`` None is itself a fault; ``dropped`` None leaves that count unchecked.
        """
        if number is None:
            fault = f"no frame in flight has tag {self.field(frame, 'tag')}"
        else:
            fault = self._fault(frame, number, dropped)
        if fault:
            self.mismatches += 1
            if self.first_mismatch is None:
                self.first_mismatch = f"{where}, {fault}"
        return fault is None

    def _fault(self, frame: AxiStreamFrame, number: int, dropped: int | None) -> str | None:
        """What is wrong with a frame that should be ``number``."""
        expected = self._beats(frame, number)
        if expected is None:
            return f"it met a context that was not its own, tuser {frame.tuser}"
        if (actual := list(frame.tdata)) != expected:
            return _difference(actual, expected)
        if isinstance(frame.tuser, list):
            beat = next(i for i, u in enumerate(frame.tuser) if u != frame.tuser[0])
            return f"beat {beat}: tuser changes within the frame to {frame.tuser[beat]:#x}"
        return self._status_fault(frame, number, dropped)

    def _beats(self, frame: AxiStreamFrame, number: int) -> list[int] | None:
        """Beats due for input frame ``number``; None if it met a context it must not meet."""
        if self.contexts is None:
            return self.outputs[number]
        return self.contexts.expected(number, self.field(frame, "context"))

    def _status(self, frame: AxiStreamFrame, number: int) -> int:
        """tuser due for input frame ``number``."""
        if self.contexts is not None:
            found = self.contexts.expected_status(number, self.field(frame, "context"))
            if found is not None:
                return found
        return self.status[number]

    def _status_fault(self, frame: AxiStreamFrame, number: int, dropped: int | None) -> str | None:
        status = self._status(frame, number)
        for name, (lowest, width) in self.fields.items():
            if name in ("context", "tag"):
                continue  # it has said what to expect
            if name == "dropped":
                wanted = dropped
            else:
                wanted = status >> lowest & ((1 << width) - 1)
            actual = self.field(frame, name)
            if wanted is not None and actual != wanted:
                return f"status {name}: {actual}, expected {wanted}"
        return None


def _difference(actual: list[int], expected: list[int]) -> str:
    """Where two frames differ first, in words."""
    both = zip(actual, expected, strict=False)
    first = next((i for i, (a, e) in enumerate(both) if a != e), None)
    if first is None:
        return f"{len(actual)} beats before tlast, expected {len(expected)}"
    text = f"beat {first}: tdata {actual[first]:#x}, expected {expected[first]:#x}"
    if len(actual) != len(expected):
        text += f" ({len(actual)} beats, expected {len(expected)})"
    return text


def _first_user(frame: AxiStreamFrame) -> int:
    """tuser of a frame's first beat."""
    return frame.tuser[0] if isinstance(frame.tuser, list) else int(frame.tuser)
