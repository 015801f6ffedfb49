"""Changes to bytes of any kind, and files that are large for what they say."""

from collections.abc import Sequence
from random import Random

TOKENS = (
    b"\0", b"\xff" * 8, b"\n", b"\r\n", b"\xef\xbb\xbf", b"[", b"{", b'"', b"\\", b"9" * 20, b"-1",
    b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x93NUMPY", b"\xed\xa0\x80", b"1e400", b"#",
)  # fmt: skip
PATTERNS = (
    b"[", b"[],", b"{},", b'{"ab":1},', b"1,", b"12345,", b'"ab",', b"0.5,", b"[1,0],", b"1 ",
    b"1\n", b"\n", b"#\n", b"-1 ", b"x", b" ", b"999999999 ", b'"k%d":1,', b"\0", b"\xc2\xa0",
)  # fmt: skip
_LARGE = (1 << 20, 8 << 20, 24 << 20, 63 << 20, 65 << 20)


def mutate(rng: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Change some bytes, once to six times."""
    content = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        size = len(content)
        at = rng.randrange(size + 1)
        end = min(size, at + rng.choice((1, 2, 4, 8, 64, 1000)))
        what = rng.randrange(9)
        if what == 0 and size:
            content[at % size] ^= 1 << rng.randrange(8)
        elif what == 1 and size:
            content[at % size] = rng.randrange(256)
        elif what == 2:
            content[at:end] = rng.randbytes(end - at)
        elif what == 3:
            del content[at:end]
        elif what == 4:
            content[at:at] = content[at:end]
        elif what == 5:
            content[at:at] = rng.choice(TOKENS)
        elif what == 6 and rng.random() < 0.3:
            del content[at:]
        elif what == 7 and others and rng.random() < 0.3:
            other = rng.choice(others)
            content[at:] = other[rng.randrange(len(other) + 1) :]
        elif what == 8 and size:
            other = rng.randrange(size)
            content[at:end] = content[other : other + end - at]
    return bytes(content)


def large(rng: Random, data: bytes) -> bytes:
    """Megabytes of one pattern, alone or in the middle of a good file."""
    pattern, size = rng.choice(PATTERNS), rng.choice(_LARGE)
    if b"%d" in pattern:
        size = min(size, 24 << 20)
        body = b"".join(pattern % number for number in range(size // 12))
    else:
        body = pattern * (size // len(pattern))
    if pattern in (b"[],", b"{},", b'{"ab":1},', b"1,", b"12345,", b'"ab",', b"0.5,", b"[1,0],"):
        body = b"[" + body[:-1] + b"]"  # an array that is good JSON
    elif b"%d" in pattern:
        body = b"{" + body[:-1] + b"}"
    if rng.random() < 0.5:
        return body
    at = rng.randrange(len(data) + 1)
    return data[:at] + body + data[at:]
