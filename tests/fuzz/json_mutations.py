"""Changes to JSON documents that keep them documents: odd values in fields, not odd bytes."""

import json
from collections.abc import Sequence
from random import Random

NAMES = (
    "", "x", "x\ny", "x\r", "x\\", 'x"', "x'", "x*/y", "//", "x\0y", "x\x1b[2J", "\ud800",
    "x\u202ey", "$(id)", "`id`", "x;y", "../../x", "/etc/passwd", "x" * 65, "y" * 5000, " x",
    "é", "1x", "-x", ".x", "module", "None", "nan", "1e9", "\u2028", "x" * 300,
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 3, 7, 8, 15, 16, 64, 127, 128, 255, 256, 1000, 65535, 65536, 2**20, 2**31 - 1,
    2**31, 2**32, 2**53, 2**63, 2**64, -(2**63), 10**18, 10**300, -(10**399), 0.5, -0.5, -0.0,
    1.0, 2.0, 1e-320, 1e-30, 1e30, 1e308, -1e308, 0.1, 3.0000001, float("nan"), float("inf"),
    float("-inf"),
)  # fmt: skip
OTHERS = (None, True, False, [], {}, [[]], [[], []], [None], {"": 0}, [0] * 100, [[0]], {"x": []})
RAW = (
    "1e999", "-1e999", "9" * 401, "9" * 5000, "NaN", "-Infinity", "[" * 3000 + "]" * 3000,
    '"\\ud800"', '"\\u0000"', "tru", "", "0x10", "01", "1.", "'x'", "[1,]", '{"a":1,"a":2}',
    "/**/1", '"a\x00b"', '"\x7f"',
)  # fmt: skip
_PLACEHOLDER = "__raw__"


def copied(value):
    """A copy of JSON types; those that no dict or list holds are shared."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def place(rng: Random, record: object) -> list[tuple[object, object]]:
    """A walk from the document inwards: (container, key) of each step.

    Each step goes to a child drawn evenly, so that a list of thousands weighs no more than a field.
    """
    steps = []
    while isinstance(record, dict | list) and len(record):
        key = rng.choice(list(record)) if isinstance(record, dict) else rng.randrange(len(record))
        steps.append((record, key))
        record = record[key]
        if rng.random() < 0.15:
            break
    return steps


def odd_value(rng: Random, now: object = None) -> object:
    """A value that a field does not expect, often of the type that it has."""
    kind = rng.random()
    if isinstance(now, str) and kind < 0.5:
        return rng.choice(NAMES)
    if isinstance(now, int | float) and not isinstance(now, bool) and kind < 0.7:
        return rng.choice((
            lambda: now + rng.choice((-2, -1, 1, 2)),
            lambda: now * rng.choice((-1, 2, 0.5, 10, 1e9)) if abs(now) < 1e200 else -now,
            lambda: float(now) if abs(now) < 1e300 else 0,
            lambda: rng.choice(NUMBERS),
            lambda: rng.randrange(0, 2 + 2 * abs(int(now)) if abs(now) < 1e9 else 9),
            lambda: str(now),
            lambda: [now],
        ))()  # fmt: skip
    pool = rng.choice((NAMES, NUMBERS, OTHERS))
    return copied(rng.choice(pool))


def mutate(rng: Random, record: object, others: Sequence[object] = ()) -> object:
    """Change the document in place, once to four times; ``others`` lend their parts."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        steps = place(rng, record)
        if not steps:
            return odd_value(rng)
        container, key = steps[-1]
        now = container[key]
        what = rng.random()
        if what < 0.55:
            container[key] = odd_value(rng, now)
        elif what < 0.62:
            del container[key]
        elif what < 0.72:
            _insert(rng, container, key)
        elif what < 0.86 and isinstance(now, list) and now:
            container[key] = _reordered(rng, now)
        elif what < 0.93 and others:
            lender = place(rng, rng.choice(others))
            if lender:
                container[key] = copied(lender[-1][0][lender[-1][1]])
        else:
            first, second = place(rng, record), place(rng, record)
            if not first or not second:
                continue
            a, b = first[-1][0][first[-1][1]], second[-1][0][second[-1][1]]
            first[-1][0][first[-1][1]] = copied(b)
            if second[-1][1] in _keys(second[-1][0]):
                second[-1][0][second[-1][1]] = copied(a)
    return record


def _keys(container: object):
    return container if isinstance(container, dict) else range(len(container))


def _insert(rng: Random, container: object, key: object) -> None:
    value = copied(container[key]) if rng.random() < 0.5 else odd_value(rng)
    if isinstance(container, dict):
        container[rng.choice((*NAMES, f"{key}_", f" {key}", str(key).upper()))] = value
    else:
        container.insert(rng.randrange(len(container) + 1), value)


def _reordered(rng: Random, now: list) -> list:
    kind = rng.randrange(8)
    if kind == 0:
        return now[: rng.randrange(len(now))]
    if kind == 1:
        return now[::-1]
    if kind == 2:
        return now * rng.choice((2, 2, 3, 50))
    if kind == 3:
        return sorted(now, key=repr)
    if kind == 4:
        return now + [copied(rng.choice(now))]
    if kind == 5:
        return rng.sample(now, len(now))
    if kind == 6 and len(now) < 1000:
        return (now * (rng.choice((10**3, 10**5)) // len(now) + 1))[: 10**5]
    i, j = rng.randrange(len(now)), rng.randrange(len(now))
    return now[: min(i, j)] + now[max(i, j) :]


def text_of(rng: Random, record: object) -> str:
    """The document as text; once in a while with something in it that no dump writes."""
    if rng.random() < 0.06 and isinstance(record, dict | list) and len(record):
        container, key = place(rng, record)[-1]
        container[key] = _PLACEHOLDER
        return json.dumps(record).replace(f'"{_PLACEHOLDER}"', rng.choice(RAW))
    indent = rng.choice((None, None, 1))
    text = json.dumps(record, indent=indent, ensure_ascii=rng.random() < 0.8)
    if rng.random() < 0.03:
        before, after = rng.choice((("\ufeff", ""), ("", "\n{}"), ("", ","), ("", "\0"), ("[", "]"),
                                    (text[:20], ""), ("//\n", "")))  # fmt: skip
        text = before + text + after
    return text
