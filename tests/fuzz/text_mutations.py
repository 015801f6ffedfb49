"""Changes to lines of numbers: words and lines, not bytes."""

from random import Random

WORDS = (
    "0", "1", "-1", "2", "3", "+1", "00", "-0", "65536", "65535", "99999", "1048576", "1048577",
    "999999999", "1000000000", "4194304", "1.0", "1e3", "x", "#", "-", "٣", "1\u00a02", "", "1_0",
    "0x1", "\x0b", "\x1c", "nan",
)  # fmt: skip


def mutate(rng: Random, text: str) -> str:
    """Change some words or lines, once to five times."""
    lines = [line.split(" ") for line in text.split("\n")]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        i = rng.randrange(len(lines)) if rng.random() < 0.7 else rng.randrange(min(4, len(lines)))
        line = lines[i]
        j = rng.randrange(len(line)) if line else 0
        what = rng.randrange(12)
        if what <= 3 and line:
            line[j] = rng.choice(WORDS) if rng.random() < 0.6 else _near(rng, line[j])
        elif what == 4 and line:
            del line[j]
        elif what == 5:
            line.insert(j, rng.choice(WORDS))
        elif what == 6 and line:
            other = rng.choice(lines)
            if other:
                k = rng.randrange(len(other))
                line[j], other[k] = other[k], line[j]
        elif what == 7:
            lines.insert(rng.randrange(len(lines) + 1), list(line))
        elif what == 8 and len(lines) > 1:
            del lines[i]
        elif what == 9:
            k = rng.randrange(len(lines))
            lines[i], lines[k] = lines[k], lines[i]
        elif what == 10:
            lines.insert(i, rng.choice((["#", "x"], [""], ["\t"], ["0"], ["#1"])))
        elif what == 11:
            line += ["0"] * rng.choice((1, 2, 1000))
        if not lines:
            lines = [[]]
    joint = rng.choice((" ",) * 8 + ("\t", "  "))
    ending = rng.choice(("\n",) * 8 + ("\r\n", "\r"))
    return ending.join(joint.join(line) for line in lines)


def _near(rng: Random, word: str) -> str:
    if word.lstrip("+-").isdecimal() and len(word) < 12:
        return str(int(word) + rng.choice((-2, -1, 1, 2, 10)))
    return rng.choice(WORDS)
