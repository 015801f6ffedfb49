"""``datasheet.html``: one file that needs no other: what it is, ports, timing, rates, area."""

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from hw.frame import status
from hw.lib.devices import DEVICES
from model import families
from model.version import VERSION
from quant import kinds
from synth.package import frames_picture, registers, testbench, waves
from synth.package.product import Product
from synth.package.rates import command, rates
from synth.package.streams import Stream
from synth.package.templates import fill

_SIGNALS = {
    "tvalid": "a beat is there", "tready": "it is taken in this cycle",
    "tlast": "on a frame's last beat", "tuser": "status of the frame, the same on all its beats",
    "tkeep": "the bytes that are there; only the frame's last beat may lack some",
}  # fmt: skip
_LITE = {
    "awaddr": "AXI4-Lite: where a register is written, in bytes",
    "wdata": "what is written there", "wstrb": "which of its bytes",
    "bresp": "0 for OKAY, 2 for SLVERR: nothing there takes a write",
    "araddr": "where a register is read, in bytes", "rdata": "what is there",
    "rresp": "0 for OKAY, 2 for SLVERR: there is none",
}  # fmt: skip
_SINGLES = {
    "clk": "clock, rising edge",
    "rst": "reset, synchronous, active high, one cycle is enough",
    "frame_dropped": "one cycle for each frame of the wrong length",
}
_ABSENT = {
    **dict.fromkeys(("cycles_per_frame_average", "average_ebn0_db", "average_iterations",
                     "channel_beats", "verilog_sha")),
    "input_beats_per_frame": 1, "output_beats_per_frame": 1, "c_model": [], "codes": [],
}  # fmt: skip
_NOT_FACTS = {
    "version", "name", "kind", "top", "verilog", "verilog_sha", "spec", "spec_sha", "c_model",
    "options", "ports", "seconds", "user_fields", "cell_models", "beside", "mapped_once",
    "information_positions", "registers", "totals", "codes", "control_fields", "status_fields",
}  # fmt: skip


def files(product: Product) -> dict[str, str]:
    """The page."""
    record = product.record
    family = kinds.family_of(product.spec)
    fields = {**status.WORDS, **(families.find(family, "FIELDS") or {})}
    return {
        "datasheet.html": fill(
            "datasheet.html", name=product.name, version=VERSION, about=product.about,
            record={**_ABSENT, **record}, key=key_figures(product),
            ports=[*_ports(product, family)],
            fields=[(name, *place, fields.get(name, "")) for name, place in _user_fields(record)],
            options=[*_options(product)], facts=[*_facts(record)],
            words=[*_words(record, fields)], streams=len(product.ports.streams),
            timing=[(each, Markup(_beats(product, each))) for each in product.ports.streams
                    if "tlast" in each.bits],
            flow=Markup(frames_picture.picture(product)), clocks=[*_clocks(product)],
            rates=rates(product), counted_by=command(product),
            loss=product.loss,
            registers=registers.of(product), bus=next(iter(product.ports.lite), ""),
            counted=product.record.get("options", {}).get("frame_end") == "count",
            costs=[*_costs(product)], frames=_frames(product), bench=testbench.FOLDER,
            in_order=record.get("options", {}).get("order") != "out-of-order",
        )
    }  # fmt: skip


def key_figures(product: Product) -> list[tuple[str, str]]:
    """The few numbers that a reader looks for first: what, how much."""
    record, found = product.record, []
    clocks = [*_clocks(product)]
    credited = clocks[-1]
    mhz = round(credited[0], 1)
    found.append((f"coded Mb/s at {mhz:g} MHz, full iterations", f"{credited[2]:,.1f}"))
    if credited[4] is not None:
        found.append((f"coded Mb/s at {mhz:g} MHz, with early stop", f"{credited[4]:,.1f}"))
    found.append(("latency, cycles at most", f"{record['latency_cycles']:,}"))
    found.append(("cycles from frame to frame", f"{record['cycles_per_frame_full']:,.1f}"))
    loss, cost = product.loss, product.cost
    if loss:
        found.append((f"dB lost to float at FER {loss['target']:g}", f"{loss['loss_db']:.3f}"))
    if product.reports and product.reports[-1].comb is not None:
        cost = {name: getattr(product.reports[-1], name) for name in ("comb", "ebr", "target")}
    elif not product.cost_is_of_this:
        return found
    if cost.get("comb") is not None:
        found.append((f"look-up tables (COMB) on {cost['target']}", f"{cost['comb']:,}"))
        found.append((f"block RAMs on {cost['target']}", f"{cost['ebr']:g}"))
    return found


def _ports(product: Product, family: families.Family) -> Iterator[tuple[str, str, int, str]]:
    """Name, direction, bits and words of every port."""
    words = families.find(family, "PORTS") or {}
    counts = product.record.get("options", {}).get("frame_end") == "count"
    of_streams = {
        each.port(signal): text for each in product.ports.streams
        for signal, text in _SIGNALS.items() if signal in each.bits
    }  # fmt: skip
    of_streams["s_axis_tuser"] = "1 on any beat: the frame is in error, and dropped"
    if counts:
        of_streams["s_axis_tlast"] = "ignored: beats are counted"
    for of in product.ports.lite.values():
        of_streams |= {port: _LITE[signal] for signal, port in of.items() if signal in _LITE}
    for name, port in product.record["ports"].items():
        said = words.get(name) or _SINGLES.get(name) or of_streams.get(name, "")
        yield name, port["direction"], port["width"], said


def _words(record: Mapping, fields: Mapping[str, str]) -> Iterator[tuple[str, list]]:
    """Words of a frame: their title, and fields from the highest bit on."""
    for kind in ("control", "status"):
        places = record.get(f"{kind}_fields", {})
        if places:
            yield f"{kind} word", [
                (name, *place, fields.get(f"{kind}.{name}", ""))
                for name, place in sorted(places.items(), key=lambda each: -each[1][0])
            ]


def _user_fields(record: Mapping) -> list[tuple[str, tuple[int, int]]]:
    return [(name, tuple(place)) for name, place in record.get("user_fields", {}).items()]


def _options(product: Product) -> Iterator[tuple[str, object, str]]:
    """Build option, its value, and its help."""
    fields = product.option_fields
    for name, value in product.record.get("options", {}).items():
        words = fields[name].metadata["help"] if fields else ""
        yield f"--{name.replace('_', '-')}", value, words


def _facts(record: Mapping) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        if name not in _NOT_FACTS and isinstance(value, str | int | float):
            yield name.replace("_", " "), f"{value:,.6g}" if isinstance(value, float) else value


def _clocks(product: Product) -> Iterator[tuple[float, str, float, float, float | None, float]]:
    """Clock in MHz, why, coded and information Mb/s, coded with early stop, latency in us."""
    record, cost = product.record, product.cost
    clocks = [(100.0, "for scale")]
    period = record["cycles_per_frame_full"]
    if product.cost_is_of_this:
        clocks.append((product.credited_mhz, f"on record for {cost['target']}"))
    for report in product.reports:
        if report.routed and report.coded_mbps:
            mhz = report.coded_mbps * period / record["coded_bits_per_frame"]
            clocks.append((mhz, f"this build on {report.target}, seed {report.seed}"))
    for mhz, why in clocks:
        frames = mhz / period
        stopped = record.get("cycles_per_frame_average")
        yield (
            mhz, why, frames * record["coded_bits_per_frame"],
            frames * record["info_bits_per_frame"],
            mhz / stopped * record["coded_bits_per_frame"] if stopped else None,
            record["latency_cycles"] / mhz,
        )  # fmt: skip


def _costs(product: Product) -> Iterator[dict]:
    """Rows of the table of resources: this build's reports, then what is on record of the spec."""
    for report in product.reports:
        row = {name: getattr(report, name) for name in
               ("target", "seed", "comb", "lut4", "ff", "ebr", "dsp", "fmax_mhz", "coded_mbps")}
        row |= {"lut4": report.lut4 if report.lut4 is not None else report.lut}
        yield row | {"title": DEVICES[report.target].title, "what": "this build"}
    if product.cost:
        cost = product.cost
        title = DEVICES[cost["target"]].title if cost["target"] in DEVICES else cost["target"]
        made = cost.get("command", "on record")
        what = made if product.cost_is_of_this else f"another build of the spec: {made}"
        yield {**dict.fromkeys(("seed", "comb", "lut4", "ff", "dsp", "fmax_mhz", "coded_mbps")),
               **cost, "title": title, "what": what}


def _frames(product: Product) -> int | None:
    return None if product.stimulus is None else len(product.stimulus.inputs)


def _beats(product: Product, stream: Stream) -> str:
    """The timing of a stream: a frame with a beat that waits, and the begin of the next."""
    record = product.record
    names = {"s_axis": "input_beats_per_frame", "m_axis": "output_beats_per_frame"}
    beats = record.get(names.get(stream.prefix, "channel_beats"), 1)
    if beats <= 4:
        shown = [*range(beats)]
    else:
        shown = [0, 1, 2, None, beats - 1]
    slow = min(1, beats - 1)  # the beat that waits a cycle
    valid, ready, last, labels, data = "0", "1", "0", [], "x"
    for beat in [*shown, 0]:
        if beat is None:
            valid, ready, last, data = (wave + "|" for wave in (valid, ready, last, data))
            continue
        labels.append(str(beat))
        again = beat == slow and len(labels) == slow + 1
        valid += "1" + "1" * again
        ready += ("0" if again else "") + "1"
        last += ("1" if beat == beats - 1 else "0") * (1 + again)
        data += "=" + "." * again
    cycles = len(valid) + 1
    rows = [waves.Row("clk", "p" + "".join("|" if c == "|" else "." for c in valid[1:]) + ".")]
    rows += [
        waves.Row(stream.port("tvalid"), valid + "0"),
        waves.Row(stream.port("tready"), ready + "1"),
        waves.Row(stream.port("tdata"), data + "x", labels),
        waves.Row(stream.port("tlast"), last + "0"),
    ]
    if stream.user_bits:
        inside = "".join("." if c != "|" else "|" for c in valid[2:-1])
        rows.append(waves.Row(stream.port("tuser"), "x=" + inside + "=x", ["status", "next"]))
    assert all(len(row.wave) == cycles for row in rows), [row.wave for row in rows]
    return waves.picture(rows, f"Beats of {stream.prefix}")
