"""Control and status words of a frame, in fields, and what is kept of them."""

from amaranth.lib import data

from hw.lib.arithmetic import bits_for
from quant.code_set.control import CONTROL, STATUS, WORD_BITS

__all__ = ["CONTROL", "STATUS", "WORD_BITS", "job_layout", "put_fields", "word_fields"]

ITERATION_BITS = CONTROL["max_iterations"][1]


def job_layout(image) -> data.StructLayout:
    """How a frame is to be decoded: code, iterations behind the first, when to stop."""
    return data.StructLayout(
        {
            "code": bits_for(len(image.jobs)),
            "more": ITERATION_BITS,
            "on_pass": 1,
            "on_no_change": 1,
        }
    )


def word_fields(word, places: dict[str, tuple[int, int]]) -> dict:
    """Slices of a control word by name."""
    return {name: word[low : low + width] for name, (low, width) in places.items()}
