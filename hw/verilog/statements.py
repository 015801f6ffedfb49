"""What a process says, as statements of Verilog."""

from hw.verilog.expression import number
from hw.verilog.netlist import Assign, Bits, Process, Statement, Switch


def is_whole(statement: Statement, width: int) -> bool:
    """Whether it assigns all bits of its wire."""
    return isinstance(statement, Assign) and statement.left[0][1:] == (0, width)


def _condition(switch: Switch) -> list[Statement] | None:
    """What a switch does where its only bit is 1, if that is all that it does."""
    if sum(chunk[2] for chunk in switch.selector) != 1 or len(switch.cases) != 1:
        return None
    ((patterns, body),) = switch.cases
    return body if patterns == ("1",) else None


def folded(process: Process, width: int) -> tuple[Bits, Bits, Bits] | None:
    """(condition, value if it is 1, otherwise), if that is all that a process says."""
    if len(process.body) != 2 or not is_whole(process.body[0], width):
        return None
    first, second = process.body
    if not isinstance(second, Switch) or sum(chunk[2] for chunk in second.selector) != 1:
        return None
    found = {"1": first.right, "0": first.right}
    for patterns, body in reversed(second.cases):
        if len(body) != 1 or not is_whole(body[0], width):
            return None
        for pattern in patterns or "01":
            for bit in "01" if pattern == "-" else pattern:
                found[bit] = body[0].right
    return second.selector, found["1"], found["0"]


def always(
    start: str, body: list[Statement], writer, sign: str, name: str, width: int
) -> list[str]:
    """Lines of a process.

    Parameters
    ----------
    start : of its first line; ``begin`` alone, or nothing where that is not needed
    writer : has ``signal(bits)`` and ``operand(bits)``
    sign : ``=`` or ``<=``
    name, width : of what is assigned
    """
    lines = _Lines(writer, sign, name, width)
    return lines.block(start, body) if start else lines.body(body)


def reset(body: list[Statement], width: int) -> tuple[Bits, Statement, list[Statement]] | None:
    """(condition, what a last ``if`` assigns to all bits, all before it), if it is so."""
    if len(body) < 2 or not isinstance(body[-1], Switch):
        return None
    last = _condition(body[-1])
    if last is None or len(last) != 1 or not is_whole(last[0], width):
        return None
    return body[-1].selector, last[0], body[:-1]


def without_hold(body: list[Statement], wire: str, width: int) -> list[Statement]:
    """Without ``x <= x`` at the beginning: a register keeps its value by itself."""
    first = body[0]
    return body[1:] if is_whole(first, width) and first.right == ((wire, 0, width),) else body


class _Lines:
    def __init__(self, writer, sign: str, name: str, width: int):
        self.writer, self.sign, self.name, self.width = writer, sign, name, width

    def body(self, body: list[Statement]) -> list[str]:
        found = reset(body, self.width) if self.sign == "<=" else None
        if found:
            condition, value, before = found
            return [
                *self.block(f"if ({self.writer.signal(condition)})", [value]),
                *self.block("else", before),
            ]
        return [line for statement in body for line in self._statement(statement)]

    def _statement(self, statement: Statement) -> list[str]:
        if isinstance(statement, Assign):
            _, low, width = statement.left[0]
            part = ""
            if width != self.width:
                part = f"[{low}]" if width == 1 else f"[{low + width - 1}:{low}]"
            return [f"{self.name}{part} {self.sign} {self.writer.signal(statement.right)};"]
        bits = [
            (wire, low + place, 1) if wire is not None else (None, low >> place & 1, 1)
            for wire, low, width in statement.selector
            for place in range(width)
        ]
        conditions = _conditions(statement, bits)
        if conditions is None:
            return self._case(statement)
        lines: list[str] = []
        for (bit, wanted), (_, body) in zip(conditions, statement.cases, strict=True):
            if bit is None:
                start = "else"
            else:
                test = self.writer.operand((bit,))
                start = f"if ({test})" if wanted else f"if (!{test})"
                start = f"else {start}" if lines else start
            if bit is None and not body:
                continue
            lines += self.block(start, body)
        return lines

    def block(self, start: str, body: list[Statement]) -> list[str]:
        """``start`` and the statements behind it, between begin and end where there are several."""
        inner = self.body(body)
        if start == "begin":
            return ["begin", *(f"  {line}" for line in inner), "end"]
        is_if = bool(inner) and inner[0].startswith("if ") and self._one(body)
        if is_if and start == "else":
            return [f"else {inner[0]}", *inner[1:]]
        # An "if" right behind another one would take its "else".
        if len(inner) == 1 or is_if and not start.startswith(("if ", "else if ")):
            return [start, *(f"  {line}" for line in inner)]
        return [f"{start} begin", *(f"  {line}" for line in inner), "end"]

    def _one(self, body: list[Statement]) -> bool:
        return len(body) == 1 or (self.sign == "<=" and reset(body, self.width) is not None)

    def _case(self, switch: Switch) -> list[str]:
        patterns = [pattern for each, _ in switch.cases for pattern in each]
        word = "casez" if any("-" in pattern for pattern in patterns) else "case"
        lines = [f"{word} ({self.writer.signal(switch.selector)})"]
        for each, body in switch.cases:
            labels = ", ".join(_label(pattern, word) for pattern in each) or "default"
            inner = self.body(body)
            if len(inner) == 1:
                lines.append(f"  {labels}: {inner[0]}")
            elif not inner:
                lines.append(f"  {labels}: ;")
            else:
                lines += [f"  {labels}: begin", *(f"    {line}" for line in inner), "  end"]
        if all(each for each, _ in switch.cases):
            lines.append("  default: ;")
        return [*lines, "endcase"]


def _label(pattern: str, word: str) -> str:
    if word == "casez":
        return f"{len(pattern)}'b{pattern.replace('-', '?')}"
    return number(int(pattern, 2), len(pattern))


def _conditions(switch: Switch, bits: list) -> list[tuple] | None:
    """(bit, value) that each case asks for, (None, 0) for the default; None if it is another."""
    found = []
    for place, (patterns, _) in enumerate(switch.cases):
        if not patterns:
            if place + 1 != len(switch.cases):
                return None
            found.append((None, 0))
            continue
        if len(patterns) != 1:
            return None
        (pattern,) = patterns
        asked = [i for i, digit in enumerate(reversed(pattern)) if digit != "-"]
        if len(asked) != 1:
            return None
        found.append((bits[asked[0]], int(pattern[-1 - asked[0]])))
    if found and found[0][0] is None:
        return None
    # Both values of one bit: the second is what is left.
    if len(found) == 2 and found[0][0] == found[1][0] and found[0][1] != found[1][1]:
        found[1] = (None, 0)
    return found
