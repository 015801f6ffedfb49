"""Pieces of Verilog text: parts of names, lines, blocks."""

import textwrap
from collections.abc import Callable

from hw.verilog.expression import number
from hw.verilog.netlist import Bits, Chunk

_WIDTH = 100


def joined(bits: Bits, chunk_text: Callable[[Chunk], str]) -> str:
    """Chunks, the highest first, with equal neighbours as repetitions."""
    pieces: list[tuple[str, int]] = []
    for chunk in reversed(bits):
        text = chunk_text(chunk)
        if pieces and pieces[-1][0] == text and chunk[0] is not None:
            pieces[-1] = text, pieces[-1][1] + 1
        else:
            pieces.append((text, 1))
    texts = [text if count == 1 else f"{{{count}{{{text}}}}}" for text, count in pieces]
    return texts[0] if len(texts) == 1 else f"{{{', '.join(texts)}}}"


def part(name: str, whole: int, low: int, width: int) -> str:
    """Some bits of a name that has ``whole``."""
    if width == whole:
        return name
    return f"{name}[{low}]" if width == 1 else f"{name}[{low + width - 1}:{low}]"


def runs(mask: int) -> list[tuple[int, int]]:
    """(lowest, width) of neighbouring ones."""
    found, low = [], 0
    while mask >> low:
        if mask >> low & 1:
            width = 1
            while mask >> low + width & 1:
                width += 1
            found.append((low, width))
            low += width
        low += 1
    return found


def wrapped(line: str) -> str:
    """The line, or several where it is too long: broken at spaces, never inside a string."""
    if len(line) <= _WIDTH or '"' in line:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return "\n".join(textwrap.wrap(line.strip(), _WIDTH, initial_indent=indent,
                                   subsequent_indent=indent + "    ", break_long_words=False,
                                   break_on_hyphens=False))  # fmt: skip


def block(start: str, lines: list[str], several: bool = True) -> list[str]:
    """Lines behind ``start``, between begin and end unless they are one statement."""
    if not lines:
        return []
    if not several or len(lines) == 1:
        return [start, *(f"  {line}" for line in lines)]
    return [f"{start} begin", *(f"  {line}" for line in lines), "end"]


def bit_range(width: int) -> str:
    """Of a declaration, with a blank behind it; nothing for one bit."""
    return f"[{width - 1}:0] " if width > 1 else ""


def parameter(value) -> str:
    """Of an instance: a string, (value, width), or a number."""
    if isinstance(value, str):
        return f'"{value}"'
    return number(*value) if isinstance(value, tuple) else str(value)
