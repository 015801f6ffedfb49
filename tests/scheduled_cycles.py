"""Cycles that a loop takes when instructions wait for each other and for units, but for no cache.

``llvm-mca`` (Debian: llvm) simulates how a processor issues the instructions that ``objdump`` has
found: their latencies, units, and how many it looks ahead. Loads find what they need in the first
cache, and no load waits for a store.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence

_TIMES = 200
_LEFT_OUT = r"(j\w+|ret|nop|vzeroupper|call|push|pop)\b"


def loop_of(lines: Sequence[str]) -> tuple[int, int]:
    """Of a function's disassembly: the first target of a jump back, and the last such jump.

    (number of lines, -1) for a function without a loop.
    """
    first, last = len(lines), -1
    for i, line in enumerate(lines):
        jump = re.search(r"\bj\w+\s+([0-9a-f]+)", line)
        if jump:
            place = [k for k in range(i) if lines[k].startswith(f"{jump[1]}:")]
            if place:
                first, last = min(first, *place), i
    return first, last


def cycles(lines: Sequence[str]) -> float | None:
    """Of one pass of the function's loop; None without one, without ``llvm-mca``, or where that
    does not know the processor.
    """
    first, last = loop_of(lines)
    program = shutil.which("llvm-mca")
    if program is None or last < 0:
        return None
    body = (re.sub(r"^[0-9a-f]+:\s*|[#<].*", "", line) for line in lines[first : last + 1])
    text = "\n".join(line for line in body if not re.match(_LEFT_OUT, line)) + "\n"
    words = [program, "-mcpu=native", f"-iterations={_TIMES}"]
    done = subprocess.run(words, input=text, capture_output=True, text=True)
    found = re.search(r"^Total Cycles:\s+(\d+)", done.stdout, re.MULTILINE)
    return int(found[1]) / _TIMES if found else None
