"""Frames on their way through the core as SVG: when they come, when their results leave."""

from markupsafe import escape

from synth.package.product import Product

_LEFT, _WIDTH, _ROW, _FRAMES = 118, 760, 34, 5


def picture(product: Product) -> str:
    """A few frames at full iterations, one behind the other, results as late as they may be."""
    record = product.record
    given, leaving = (record.get(f"{way}_beats_per_frame", 1) for way in ("input", "output"))
    latency, period = record["latency_cycles"], record["cycles_per_frame_full"]
    every = max(period, given, leaving)
    most = max(2, min(_FRAMES, 1 + round(latency / every) + 1))
    end = (most - 1) * every + given + latency
    scale = (_WIDTH - _LEFT - 10) / end

    def x(cycle: float) -> float:
        return round(_LEFT + cycle * scale, 1)

    parts = [f'<svg class="waves" role="img" viewBox="0 0 {_WIDTH} {3 * _ROW + 14}" '
             f'width="{_WIDTH}"><title>Frames in and results out</title>']  # fmt: skip
    for row, name in enumerate(("s_axis", "m_axis")):
        y = 6 + row * _ROW
        parts.append(f'<text class="name" x="{_LEFT - 10}" y="{y + 15}">{name}</text>'
                     f'<path class="grid" d="M{_LEFT} {y + 20}H{_WIDTH - 8}"/>')  # fmt: skip
        for number in range(most):
            begin = number * every
            first, last = begin, begin + given
            if row:
                last = begin + given + latency
                first = last - leaving
            wide = max(round((last - first) * scale, 1), 2)
            parts.append(f'<rect class="value" x="{x(first)}" y="{y}" width="{wide}" height="20"/>')
            if wide >= 14:
                parts.append(f'<text class="label" x="{x((first + last) / 2)}" y="{y + 14}">'
                             f"{number}</text>")  # fmt: skip
    parts += _span(x(given), x(given + latency), 6 + 2 * _ROW, f"latency {latency:,} cycles")
    if most > 2:
        parts += _span(x(given + latency), x(given + latency + every), 6 + 2 * _ROW,
                       f"{every:,.0f}")  # fmt: skip
    return "".join([*parts, "</svg>"])


def _span(left: float, right: float, y: int, text: str) -> list[str]:
    """A measure with its ends and what it says."""
    return [
        f'<path class="span" d="M{left} {y - 4}v12M{right} {y - 4}v12M{left} {y + 2}H{right}"/>',
        f'<text class="label" x="{(left + right) / 2}" y="{y + 20}">{escape(text)}</text>',
    ]
