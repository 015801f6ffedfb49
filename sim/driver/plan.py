"""What the driver is to do, as the text that its C++ part reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from model.errors import InputError
from sim.buildfolder import Build
from sim.stimulus.frames import Stimulus, Words


@dataclass
class Plan:
    """Lines of the plan of one build and its stimulus.

    Parameters
    ----------
    build : whose ports and facts are written
    stimulus : pool of frames, with what they become
    numbers : further options by name, one number or several
    """

    build: Build
    stimulus: Stimulus
    numbers: Mapping[str, int | Iterable[int]] = field(default_factory=dict)

    def text(self) -> str:
        """The whole plan."""
        stimulus, contexts = self.stimulus, self.stimulus.contexts
        lines = [f"port {name} {bits}" for name, bits in port_bits(self.build).items()]
        for name, value in self.numbers.items():
            values = [value] if isinstance(value, int) else list(value)
            lines.append(" ".join(["number", name, *map(str, values)]))
        if "last_input_bytes" in self.build.record:
            ends = (self.build.record[f"last_{way}_bytes"] for way in ("input", "output"))
            lines.append(" ".join(["number", "last_bytes", *map(str, ends)]))
        for name, (lowest, bits) in stimulus.status_fields.items():
            lines.append(f"field {name} {lowest} {bits}")
        lines += [f"frame {_hex(frame)}" for frame in stimulus.inputs]
        if contexts is None:
            found = [(0, number, beats) for number, beats in enumerate(stimulus.outputs)]
        else:
            lines += [f"context {_hex(frame)}" for frame in contexts.frames]
            found = [
                (context, number, beats)
                for context, outputs in enumerate(contexts.outputs)
                for number, beats in outputs.items()
            ]
            for name, values in contexts.reports.items():
                lines.append(" ".join(["report", name, *map(str, values)]))
        for context, number, beats in found:
            of_context = contexts.status[context] if contexts and contexts.status else {}
            status = of_context.get(number, stimulus.status[number])
            lines.append(f"result {context} {number} {status} {_hex(beats)}")
        if stimulus.words is not None:
            lines += _words(stimulus.words)
        for write in stimulus.writes:
            lines.append(" ".join(["write", *(f"{name} {v}" for name, v in write.items())]))
        return "\n".join(lines) + "\n"


def port_bits(build: Build) -> dict[str, int]:
    """Widths of the top module's ports; ``InputError`` if build.json does not say them."""
    ports = build.record.get("ports")
    if not ports:
        raise InputError(f"{build.folder / 'build.json'}: field 'ports' is missing; build the "
                         "folder again")  # fmt: skip
    return {name: port["width"] for name, port in ports.items()}


def beats(build: Build, name: str) -> int:
    """``input_beats_per_frame`` and its like in build.json."""
    if build.record.get(name) is None:
        raise InputError(f"{build.folder / 'build.json'}: field {name!r} is missing; build the "
                         "folder again")  # fmt: skip
    return build.record[name]


def bound_cycles(build: Build) -> int:
    """Cycles with a ready output in which a waiting beat or result has to move.

    Twice: a frame's latency, all frames in flight at full iterations, a frame on both streams and,
    with a second input stream, two contexts. In lock-step a group of G frames that is not full
    starts after up to 2 (G + 15) cycles without a beat, and of frames of wrong length, one behind
    the other, each leaves one.
    """
    record = build.record
    beats_in = beats(build, "input_beats_per_frame")
    cycles = record["latency_cycles"] + record["frames_in_flight"] * record["cycles_per_frame_full"]
    cycles += beats_in + beats(build, "output_beats_per_frame")
    cycles += 2 * record.get("context_cycles", 0)
    together = record.get("frames_in_lockstep", 1)
    if together > 1:
        cycles += 2 * (together + 15) * beats_in
    return int(2 * cycles) + 64


def _words(words: Words) -> list[str]:
    """A word of each frame, and those that the core must not take."""
    each = zip(words.given, words.expected, words.dropped, strict=True)
    lines = [f"word {given:x} {expected} {dropped}" for given, expected, dropped in each]
    return lines + [f"invalid {given:x} {dropped} {dropped}" for given, dropped in words.invalid]


def _hex(frame: np.ndarray) -> str:
    """Beats (beats, bytes) uint8 as numbers, highest digit first."""
    return " ".join(row[::-1].tobytes().hex() for row in frame)
