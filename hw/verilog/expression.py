"""Operators as Verilog expressions in which no operand is widened or cut without being told.

All operands of an operator have the width of its result (comparisons: of the wider one), by zeros
or copies of the sign that are written out. So an expression means the same wherever it stands, and
no tool has a width to warn of.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hw.verilog.netlist import Bits, Cell, resized, width_of

_BINARY = {
    "$and": "&", "$or": "|", "$xor": "^", "$xnor": "~^", "$add": "+", "$sub": "-", "$mul": "*",
    "$divfloor": "/", "$modfloor": "%",
    "$eq": "==", "$ne": "!=", "$lt": "<", "$le": "<=", "$gt": ">", "$ge": ">=",
    "$shl": "<<", "$shr": ">>", "$sshr": ">>>", "$shift": ">>",
}  # fmt: skip
_UNARY = {
    "$not": "~", "$neg": "-", "$reduce_and": "&", "$reduce_or": "|", "$reduce_xor": "^",
    "$reduce_bool": "|",
}  # fmt: skip
_COMPARED = ("$eq", "$ne", "$lt", "$le", "$gt", "$ge")
_ORDERED = ("$lt", "$le", "$gt", "$ge")
_CHAINED = ("&", "|", "^")


@dataclass
class Expression:
    """An operator and its operands.

    sign : of a unary operator, ``?`` or a binary one
    operands : of ``?`` the condition first; signed : whether they are numbers with a sign
    width : of the result
    """

    sign: str
    operands: list[Bits]
    width: int
    signed: bool = False


def of(cell: Cell) -> Expression:
    """What a cell computes. Its result may be wider than the wire that it drives."""
    kind, ports, parameters = cell.kind, cell.ports, cell.parameters
    ((_, _, width),) = ports["Y"]
    if kind == "$mux":
        return Expression("?", [ports["S"], ports["B"], ports["A"]], width)
    a, a_signed = ports["A"], bool(parameters["A_SIGNED"])
    if kind in _UNARY:
        if kind in ("$not", "$neg"):
            a = resized(a, width, a_signed)
        a = a or ((None, int(kind == "$reduce_and"), 1),)
        return Expression(_UNARY[kind], [a], width)
    b, b_signed = ports["B"], bool(parameters["B_SIGNED"])
    if kind not in _BINARY:
        raise NotImplementedError(f"{kind}: no Verilog operator")
    sign = _BINARY[kind]
    if kind in _COMPARED:
        common = max(width_of(a), width_of(b), 1)
        operands = [resized(a, common, a_signed), resized(b, common, b_signed)]
        return Expression(sign, operands, 1, a_signed and kind in _ORDERED)
    if sign in ("/", "%"):
        if a_signed:
            raise NotImplementedError(f"{kind} of signed numbers")
        common = max(width_of(a), width_of(b), width)
        return Expression(sign, [resized(a, common), resized(b, common)], common)
    if kind == "$shl":
        return Expression(sign, [resized(a, width, a_signed), b or _ZERO], width)
    if sign in (">>", ">>>"):
        common = max(width_of(a), width)
        return Expression(sign, [resized(a, common, a_signed), b or _ZERO], common,
                          kind == "$sshr" and a_signed)  # fmt: skip
    operands = [resized(a, width, a_signed), resized(b, width, b_signed)]
    return Expression(sign, operands, width, kind == "$mul" and a_signed and b_signed)


_ZERO: Bits = ((None, 0, 1),)


def text_of(expression: Expression, operand: Callable[[Bits, str], str]) -> str:
    """Verilog of it; ``operand(bits, sign)`` is that of an operand of an operator ``sign``."""
    sign = expression.sign
    if sign == "?":
        condition, true, false = expression.operands
        return f"{operand(condition, '')} ? {operand(true, '')} : {operand(false, '')}"
    if len(expression.operands) == 1:
        return f"{sign}{operand(expression.operands[0], '')}"
    first = sign if sign in _CHAINED else ""
    left, right = (
        operand(bits, of_chain)
        for bits, of_chain in zip(expression.operands, (first, ""), strict=True)
    )
    if expression.signed:
        left = f"$signed({left})"
        right = right if sign == ">>>" else f"$signed({right})"
        if sign in ("*", ">>>"):
            return f"$unsigned({left} {sign} {right})"
    return f"{left} {sign} {right}"


def number(value: int, width: int) -> str:
    """A constant."""
    if width <= 3:
        return f"{width}'b{value:0{width}b}"
    return f"{width}'h{value:0{-(-width // 4)}x}"
