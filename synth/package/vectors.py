"""Frames and what golden makes of them, as files that ``$readmemh`` reads: a word a line.

``in.hex``: a beat of the first input stream, ``{tlast, tdata}``. ``out.hex``: a beat that is
expected, ``{tlast, tuser, tdata}``; fields of ``tuser`` that depend on time (a tag, the number of
the channel) are 0 there. With a second input stream ``context.hex`` has its beats, ``of.hex`` for
each frame of the first stream ``{wait, number of the context}``, and ``before.hex`` what is
expected of a frame that meets the context before. With a word a frame ``words.hex`` and
``status.hex`` have those that go in and come back. Frames of fewer beats than the longest have
their last one once more, so that each begins at a multiple of the longest.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.stimulus.frames import Contexts, Stimulus
from synth.package.product import Product

_TIMED = ("tag", "context")
"""Fields of ``tuser`` that a bench checks on its own."""


@dataclass(frozen=True)
class Vectors:
    """Files of vectors, and what a bench has to know of them.

    files : name to text
    frames, in_beats, out_beats : how many frames there are, and beats in the longest
    contexts, context_beats : of the second stream; 0 where there is none
    timed : field of ``tuser`` to [lowest bit, width], of those that depend on time
    fields : the same, of the others
    writes : ports that are written after reset, in the order in which a word of ``writes.hex`` has
        them from its top; ``write_count`` words
    """

    files: dict[str, str]
    frames: int
    in_beats: int
    out_beats: int
    contexts: int
    context_beats: int
    timed: dict[str, tuple[int, int]]
    fields: dict[str, tuple[int, int]]
    writes: tuple[str, ...]
    write_count: int


def vectors(product: Product) -> Vectors | None:
    """The vectors of a product; None where its family has no stimulus."""
    stimulus = product.stimulus
    if stimulus is None:
        return None
    ports = product.ports
    main, result = ports.stream("s_axis"), ports.stream("m_axis")
    contexts = stimulus.contexts
    user = [_untimed(word, stimulus.status_fields) for word in stimulus.status]
    files = {"in.hex": _beats("s_axis: {tlast, tdata}", stimulus.inputs, [main.data_bits])}
    title, widths = "m_axis: {tlast, tuser, tdata}", [result.data_bits, result.user_bits]
    if contexts is None:
        outputs = stimulus.outputs
        files["out.hex"] = _beats(title, outputs, widths, user)
    else:
        outputs, before, of = _by_frame(contexts, len(stimulus.inputs))
        own_user, user_before = user, user
        if contexts.status:
            words = [
                {frame: _untimed(word, stimulus.status_fields) for frame, word in each.items()}
                for each in contexts.status
            ]
            own_user, user_before = _met(contexts, words, len(stimulus.inputs))
        files["out.hex"] = _beats(f"{title}, of the frame's own context", outputs, widths, own_user)
        files["before.hex"] = _beats(f"{title}, of the context before", before, widths, user_before)
        files["of.hex"] = _lines("of each frame: {wait until it is in service, its context}", of, 9)
        second, bits = contexts.prefix, ports.stream(contexts.prefix).data_bits
        files["context.hex"] = _beats(f"{second}: {{tlast, tdata}}", contexts.frames, [bits])
        for name, values in contexts.reports.items():
            width = product.record["ports"][name]["width"]
            files[f"{name}.hex"] = _lines(f"{name} while each context is in service", values, width)
    names = tuple(stimulus.writes[0]) if stimulus.writes else ()
    if names:
        files["writes.hex"] = _written(product, stimulus, names)
    words = stimulus.words
    if words is not None:
        for name, prefix, each in (("words", words.prefix, words.given),
                                   ("status", words.status_prefix, words.expected)):  # fmt: skip
            bits = ports.stream(prefix).data_bits
            files[f"{name}.hex"] = _lines(f"{prefix}: a word of each frame", each, bits)
    places = stimulus.status_fields.items()
    return Vectors(
        files=files,
        frames=len(stimulus.inputs),
        in_beats=max(map(len, stimulus.inputs)),
        out_beats=max(map(len, outputs)),
        contexts=0 if contexts is None else len(contexts.frames),
        context_beats=0 if contexts is None else len(contexts.frames[0]),
        timed={name: place for name, place in places if name in _TIMED},
        fields={name: place for name, place in places if name not in _TIMED},
        writes=names,
        write_count=len(stimulus.writes),
    )


def _by_frame(contexts: Contexts, frames: int) -> tuple[list, list, list[int]]:
    """Of each frame: beats in its own context, in the one before, and its word of ``of.hex``.

    In the second half of a context's frames each waits until it is in service, so that frames meet
    both what changes and what has changed.
    """
    own, before = _met(contexts, contexts.outputs, frames)
    of = [
        int(frame >= (start + end) // 2) << 8 | context
        for context, (start, end) in enumerate(_spans(contexts, frames))
        for frame in range(start, end)
    ]
    return own, before, of


def _met(contexts: Contexts, of_contexts: list[dict], frames: int) -> tuple[list, list]:
    """Of each frame: what there is of it in its own context, and in the one before."""
    own, before = [], []
    for context, (start, end) in enumerate(_spans(contexts, frames)):
        for frame in range(start, end):
            own.append(of_contexts[context][frame])
            before.append(of_contexts[max(context - 1, 0)].get(frame, own[-1]))
    return own, before


def _spans(contexts: Contexts, frames: int) -> list[tuple[int, int]]:
    """First frame of each context, and the one behind its last."""
    return list(zip(contexts.starts, [*contexts.starts[1:], frames], strict=True))


def _untimed(word: int, fields: dict[str, tuple[int, int]]) -> int:
    for name in _TIMED:
        if name in fields:
            low, width = fields[name]
            word &= ~(((1 << width) - 1) << low)
    return word


def _written(product: Product, stimulus: Stimulus, names: tuple[str, ...]) -> str:
    widths = [product.record["ports"][name]["width"] for name in names]
    words = []
    for write in stimulus.writes:
        word = 0
        for name, width in zip(names, widths, strict=True):
            word = word << width | write[name]
        words.append(word)
    return _lines(f"after reset, a cycle each: {{{', '.join(names)}}}", words, sum(widths))


def _beats(
    title: str, frames: list[np.ndarray], widths: list[int], user: list[int] | None = None
) -> str:
    """Beats of frames; ``widths`` from the lowest part on, ``user`` is what each frame's has."""
    words, most = [], max(map(len, frames))
    for number, frame in enumerate(frames):
        above = user[number] << widths[0] if user is not None else 0
        for place, beat in enumerate(frame):
            last = int(place == len(frame) - 1) << sum(widths)
            words.append(last | above | int.from_bytes(beat.tobytes(), "little"))
        words += words[-1:] * (most - len(frame))
    return _lines(title, words, sum(widths) + 1)


def _lines(title: str, words: Iterable[int], bits: int) -> str:
    digits = -(-bits // 4)
    return "".join([f"// {title}\n", *(f"{word:0{digits}x}\n" for word in words)])
