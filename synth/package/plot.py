"""Error rates with their intervals as SVG, on a logarithmic axis, in the colours of the page."""

import math
from collections.abc import Mapping, Sequence

from markupsafe import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 380, 70, 16, 12, 48
Point = tuple[float, float, float, float]
"""x, rate, lower and upper end of its interval; a rate of 0 is drawn as its upper end."""


def picture(curves: Mapping[str, Sequence[Point]], x_label: str, y_label: str) -> str:
    """Curves by name, at least one with a point that is not 0."""
    points = [point for line in curves.values() for point in line]
    shown = [y for _, rate, low, high in points for y in (rate, low, high) if y > 0]
    low, high = math.floor(math.log10(min(shown))), math.ceil(math.log10(max(shown)))
    low = max(low, math.floor(math.log10(min(r or h for _, r, _, h in points))) - 1)
    high = max(high, low + 1)
    step, left, right = _ticks([x for x, *_ in points])

    def x_of(x: float) -> float:
        return round(_LEFT + (x - left) / (right - left) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y_of(y: float) -> float:
        share = (math.log10(max(y, 10.0**low)) - low) / (high - low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg class="plot" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}">'
        f"<title>{escape(y_label)} over {escape(x_label)}</title>"
    ]
    for power in range(low, high + 1):
        y = y_of(10.0**power)
        parts.append(f'<path class="grid" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>')
        parts.append(
            f'<text class="tick" x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">10'
            f'<tspan dy="-5" font-size="9">{power}</tspan></text>'.replace(">-", ">−")
        )
    for number in range(round((right - left) / step) + 1):
        x = x_of(left + number * step)
        parts.append(f'<path class="grid" d="M{x} {_TOP}V{_HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{_HEIGHT - _BOTTOM + 18}" '
                     f'text-anchor="middle">{left + number * step:g}</text>')  # fmt: skip
    for number, (name, line) in enumerate(curves.items()):
        parts += _curve(sorted(line), number, x_of, y_of)
        if len(curves) == 1:
            break
        y = _TOP + 18 + 18 * number
        parts.append(f'<path class="curve c{number % 3}" d="M{_WIDTH - 190} {y}h26"/>'
                     f'<text class="key" x="{_WIDTH - 158}" y="{y + 4}">{escape(name)}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) // 2
    parts.append(f'<text class="axis" x="{middle}" y="{_HEIGHT - 8}">{escape(x_label)}</text>')
    at = (_HEIGHT - _BOTTOM + _TOP) // 2
    parts.append(f'<text class="axis" transform="translate(18 {at}) rotate(-90)">'
                 f"{escape(y_label)}</text></svg>")  # fmt: skip
    return "".join(parts)


def _curve(line: Sequence[Point], number: int, x_of, y_of) -> list[str]:
    path = " ".join(f"{x_of(x)},{y_of(rate or high)}" for x, rate, _, high in line)
    parts = [f'<polyline class="curve c{number % 3}" points="{path}"/>']
    for x, rate, low, high in line:
        at, y = x_of(x), y_of(rate or high)
        parts.append(f'<path class="bar c{number % 3}" d="M{at - 4} {y_of(high)}h8m-4 0'
                     f'V{y_of(low)}m-4 0h8"/>')  # fmt: skip
        if rate:
            parts.append(f'<circle class="mark c{number % 3}" cx="{at}" cy="{y}" r="3"/>')
    return parts


def _ticks(values: Sequence[float]) -> tuple[float, float, float]:
    """Step, first and last tick of an axis that holds ``values``."""
    low, high = min(values), max(values)
    wide = max(high - low, 0.4)
    power = 10.0 ** math.floor(math.log10(wide / 5))
    step = next(power * s for s in (1, 2, 5, 10) if power * s >= wide / 8)
    left, right = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if right == left:
        left, right = left - step, right + step
    return step, left, right
