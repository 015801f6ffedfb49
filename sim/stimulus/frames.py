"""What a kind of core is fed with and what must come out, as the bench sees it: beats."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from model.errors import InputError


@dataclass(frozen=True, eq=False)
class Contexts:
    """Frames of a second input stream that decide how the first one's are treated.

    A precoder's channels are contexts: one is in service, and the next takes over between two
    frames when the core is ready for it. The status field ``context`` says which one a frame met
    (counting from 1, modulo the field's range).

    Parameters
    ----------
    prefix : of the stream's signals
    frames : one array per context, (beats, bytes per beat) uint8
    starts : number of the input frame at which each context is sent, ascending from 0
    outputs : per context, expected beats by frame number: for its own frames and the next one's
    number_signal : port with the number of the context in service
    dropped_signal : port that strobes when a frame of this stream had a wrong length
    reports : port name -> its value while each context is in service
    status : per context, expected m_axis_tuser by frame number, as ``outputs``; empty where it
        does not depend on the context
    watched : frames that are watched after a change under full load
    """

    prefix: str
    frames: list[np.ndarray]
    starts: list[int]
    outputs: list[dict[int, np.ndarray]]
    number_signal: str
    dropped_signal: str
    reports: dict[str, list[int]] = field(default_factory=dict)
    status: list[dict[int, int]] = field(default_factory=list)
    watched: int = 24


@dataclass(frozen=True, eq=False)
class Words:
    """A second pair of streams with a word a frame: how it is to be treated, what became of it.

    Parameters
    ----------
    prefix, status_prefix : of the streams' signals
    given : word of each input frame
    expected, dropped : word that comes back of it, and of a frame of wrong length with its word
    invalid : words that the core must not take, each with what comes back; their frames are dropped
    """

    prefix: str
    status_prefix: str
    given: list[int]
    expected: list[int]
    dropped: list[int]
    invalid: list[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Frames for one co-simulation.

    Parameters
    ----------
    inputs : one array per frame, (beats, bytes per beat) uint8, little-endian within a beat;
        tlast belongs to the last beat
    outputs : expected beats, same layout, one array per frame, in order; empty with contexts
    status : expected m_axis_tuser of each output frame, int
    status_fields : name -> (lowest bit, width) of m_axis_tuser, for messages. A field called
        ``dropped`` promises that wrong-length frames are dropped and counted there. One called
        ``tag`` says that results come in any order, each with the number of its frame since reset,
        modulo the field's range, among those of right length
    summary : named figures for the report, e.g. {"decoded": 61, "mean_iterations": 4.2}
    contexts : a second input stream, if the core has one
    words : a word before each frame and one behind it, if the core has streams of them
    writes : values of input ports, one set a cycle, after every reset; the ports rest at 0
    """

    inputs: list[np.ndarray]
    outputs: list[np.ndarray]
    status: list[int]
    status_fields: dict[str, tuple[int, int]]
    summary: dict[str, float] = field(default_factory=dict)
    contexts: Contexts | None = None
    words: Words | None = None
    writes: list[dict[str, int]] = field(default_factory=list)


def user_fields(build: dict, due: Iterable[str]) -> dict[str, tuple[int, int]]:
    """``status_fields`` as build.json names them; ``InputError`` unless all that are due are there.

    Parameters
    ----------
    due : names of fields
    """
    fields = build.get("user_fields")
    missing = [name for name in due if name not in (fields or {})]
    if missing:
        raise InputError(
            f"build.json: field 'user_fields' is {fields!r}, {missing[0]!r} is due in it; "
            "build the folder again"
        )
    return {name: (low, width) for name, (low, width) in fields.items()}


def pack_bits(bits: np.ndarray, bits_per_beat: int) -> np.ndarray:
    """Pack hard bits into beats: bit j of beat i is ``bits[i * bits_per_beat + j]``.

    Parameters
    ----------
    bits : (n,) array of 0/1, zero padded to whole beats
    bits_per_beat : width of the stream

    Returns
    -------
    (beats, ceil(bits_per_beat / 8)) uint8
    """
    beats = -(-bits.size // bits_per_beat)
    padded = np.zeros(beats * bits_per_beat, dtype=np.uint8)
    padded[: bits.size] = bits
    return np.packbits(padded.reshape(beats, bits_per_beat), axis=1, bitorder="little")


def pack_codes(codes: np.ndarray, codes_per_beat: int, padding: np.ndarray) -> np.ndarray:
    """Pack int8 codes into beats, one byte each, lowest byte first.

    Parameters
    ----------
    codes : (n,) int8
    codes_per_beat : bytes of the stream
    padding : int8 values that fill the unused bytes of the last beat

    Returns
    -------
    (beats, codes_per_beat) uint8
    """
    missing = -codes.size % codes_per_beat
    full = np.concatenate([codes, padding[:missing]]).astype(np.int8)
    return full.view(np.uint8).reshape(-1, codes_per_beat)
