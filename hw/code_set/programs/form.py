"""The bytes of a program: a head, the words of each area, and a check."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hw.code_set.room import Area

HEAD_BYTES = 8
"""Identifier of the decoder (4), place (1), zeros (3), all from the lowest byte on."""
CHECK_BYTES = 4
"""CRC-32 of all bytes before (IEEE 802.3, as zlib's crc32), from the lowest byte on."""


@dataclass(frozen=True)
class Form:
    """What all programs of one decoder have in common.

    Parameters
    ----------
    areas : in their order; each has its words one behind the other, a word from its lowest byte on
    identifier : of the decoder: of its spec, and of all that a program depends on
    """

    areas: Sequence[Area]
    identifier: int

    @property
    def size(self) -> int:
        """Bytes of a program."""
        return HEAD_BYTES + sum(area.bytes for area in self.areas) + CHECK_BYTES

    def program(self, place: int, words: Sequence[Sequence[int]]) -> bytes:
        """The bytes of a program.

        words : of each area, as many as it has or fewer; 0 stands for the others
        """
        parts = [self.identifier.to_bytes(4, "little"), bytes([place, 0, 0, 0])]
        for area, given in zip(self.areas, words, strict=True):
            padded = [*given, *[0] * (area.words - len(given))]
            parts += [word.to_bytes(area.bytes_per_word, "little") for word in padded]
        return checked(b"".join(parts))


def checked(body: bytes) -> bytes:
    """Bytes, and the check behind them."""
    return body + zlib.crc32(body).to_bytes(CHECK_BYTES, "little")


def identifier(spec_sha: str, depends: Mapping) -> int:
    """Of a decoder: 32 bits of a hash of its spec and of what else its programs depend on."""
    text = json.dumps([spec_sha, depends], sort_keys=True)
    return zlib.crc32(text.encode())
