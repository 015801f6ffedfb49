"""Points of an error-rate simulation as lines for people."""

from quant.monte_carlo import MonteCarlo
from sim.tally import Tally


def header(part: type[MonteCarlo], speeds: bool = True) -> str:
    """The line above all points, which show how fast they were counted or do not."""
    return "  ".join(f"{title:>{width}}" for title, width, _ in columns(part, None, speeds))


def line(tally: Tally, bits: int) -> str:
    """A point, ``bits`` bits a frame; below it a line for each group of which there are frames."""
    record = tally.record(bits)
    found = columns(tally.part, record, bool(tally.seconds))
    lines = ["  ".join(f"{text:>{width}}" for _, width, text in found)]
    groups = record.get("groups", {})
    return "\n".join(lines + [_of_group(*each) for each in groups.items() if each[1]["frames"]])


def _of_group(name: str, record: dict) -> str:
    """Frames, wrong ones, rate and interval below those of all frames, and whose they are."""
    columns = ["", "{frames}", "{frame_errors}", "{fer:.3e}", "{fer_low:.2e}..{fer_high:.2e}"]
    widths = 8, 10, 12, 9, 18
    texts = (form.format(**record) for form in columns)
    return "  ".join([*(f"{t:>{w}}" for t, w in zip(texts, widths, strict=True)), name])


def columns(
    part: type[MonteCarlo], record: dict | None, speeds: bool
) -> list[tuple[str, int, str]]:
    """Title, width and text of every column; no text without a record."""

    def text(form: str) -> str:
        return form.format(**record) if record is not None else ""

    decides, other, rate, kind = (
        ("frame_errors", "ber", "fer", "frame") if part.frames_decide
        else ("bit_errors", "fer", "ber", "bit")
    )  # fmt: skip
    found = [
        (part.axis.name, 8, text(f"{{{part.axis.field}:g}} dB")),
        (f"{part.frame}s", 10, text("{frames}")),
        (f"{kind} errors", 12, text(f"{{{decides}}}")),
        (rate.upper(), 9, text(f"{{{rate}:.3e}}")),
        ("95 % interval", 18, text(f"{{{rate}_low:.2e}}..{{{rate}_high:.2e}}")),
        (other.upper(), 9, text(f"{{{other}:.3e}}")),
    ]
    for each in part.kinds:
        shown = text(f"{{mean_{each.name}:.2f}}" if each.mean else f"{{{each.name}}}")
        found.append((each.name.replace("_", " "), max(10, len(each.name)), shown))
    if not speeds:
        return found
    return [
        *found,
        (f"{part.frame}s/s", 9, text("{frames_per_s:.0f}")),
        ("decoded/s", 9, text("{decode_frames_per_s:.0f}")),
    ]
