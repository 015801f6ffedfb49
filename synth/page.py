"""A report as a page to look at: how full the device is, the clock, the slowest path, the parts."""

from importlib import resources

from jinja2 import Environment

from hw.lib.devices import DEVICES
from synth.record import Report, checked_sentence, text_table

_COLUMNS = ("lut4", "ccu2c", "ff", "ebr", "dsp", "distributed_ram")


def utilisation(report: Report) -> list[tuple[str, float, int, float]]:
    """Name, used, there are, per cent; only where the device's size is known."""
    device = DEVICES[report.target]
    rows = []
    for name, used, most in (
        ("COMB", report.comb, device.comb),
        ("FF", report.ff, device.comb),  # a slice has a register for each COMB
        ("block RAM", report.ebr, device.block_rams),
    ):
        if used is not None and most:
            rows.append((name, used, most, 100 * used / most))
    return rows


def page(report: Report) -> str:
    """The report as HTML, complete in itself: no script, no other file."""
    template = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    path = report.critical_path
    shares = None if path is None else [
        ("logic", path.logic_ns, "#2b7bba"), ("routing", path.routing_ns, "#d98c1f")
    ]  # fmt: skip
    return environment.from_string(template).render(
        report=report, device=DEVICES[report.target], rows=utilisation(report), path=path,
        checked=checked_sentence(report), shares=shares, columns=_COLUMNS, table=text_table(report),
        parts=sorted(report.parts.items(), key=lambda part: -sum(part[1].values())),
    )  # fmt: skip
