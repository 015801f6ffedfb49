"""Verilator and slang find nothing to complain of in what is built, and names are plain."""

import re
from dataclasses import replace

import pytest
import verilog_lint
from small_detectors import small_detector
from small_precoders import small_precoder
from small_specs import flooding_spec, small_graph, small_spec
from verilog_zoo import Choices

from hw.build import build
from hw.emit import verilog_text
from hw.verilog.waivers import WAIVED
from quant import sources

MOST_WAIVED = 20
"""Lines of Verilator about a design that its list of waivers keeps back."""


def _wired():
    return flooding_spec(z=1, iterations=2, graph=small_graph(1, 3, 7))


# One of every engine, and of what changes the Verilog most.
SMALL = {
    "layered": (lambda: small_spec(3, iterations=2), {}),
    "layered, ecp5, in RAM": (lambda: small_spec(4), {"target": "ecp5", "rotate_in_ram": 2}),
    "lanes": (lambda: small_spec(6, early_stop=False), {"lanes": 2, "slots": 2}),
    "cores": (lambda: small_spec(3), {"cores": 2, "order": "out-of-order", "frame_end": "count"}),
    "registers": (lambda: small_spec(3), {"registers": True}),
    "information": (lambda: small_spec(5, ties=True), {"output": "information"}),
    "direct": (_wired, {"llrs_per_beat": 1}),
    "unrolled": (_wired, {"form": "unrolled"}),
    "precoder": (lambda: small_precoder(antennas=4, users=2), {}),
    "mimo_detector": (lambda: replace(small_detector(), name="tiny"), {}),
    "precoder, unfolded": (lambda: small_precoder(antennas=4, users=2), {"form": "unfolded"}),
}


@pytest.mark.parametrize("name", SMALL)
def test_no_warnings(name, tmp_path):
    make, options = SMALL[name]
    build(make(), tmp_path, options)
    looks_fine(tmp_path, "tiny")


@pytest.mark.slow
@pytest.mark.parametrize("preset", sources.presets())
def test_no_warnings_of_presets(preset, tmp_path):
    build(sources.spec_for(preset), tmp_path, reuse=True)
    looks_fine(tmp_path, preset)


def looks_fine(folder, name):
    assert verilog_lint.verilator(folder) == []
    waived = verilog_lint.verilator(folder, waived=False)
    assert len(waived) <= MOST_WAIVED
    assert {re.match(r"%Warning-(\w+)", line)[1] for line in waived} <= {*WAIVED}
    assert verilog_lint.slang(folder) == []
    text = (folder / f"{name}.v").read_text()
    assert "\\" not in text and "always @*" not in text
    long = [line for line in text.split("\n") if len(line) > 100 and " " in line.strip()]
    assert all('"' in line or line.startswith("//") for line in long)
    # Names that are only another name of a signal: ports have to be, and what must stay.
    aliases = re.findall(r"^  assign (\w+) = (\w+);$", text, re.MULTILINE)
    outputs = {*re.findall(r"^  (?:output|\(\* keep \*\)) .*?(\w+)[,;]?$", text, re.MULTILINE)}
    assert {left for left, _ in aliases} <= outputs


def test_the_linters_do_find_something(tmp_path):
    build(small_spec(3), tmp_path)
    path = tmp_path / "tiny.v"
    text = path.read_text()
    path.write_text(text.replace("endmodule", "wire [3:0] more = m_axis_tuser;\nendmodule", 1))
    assert {re.match(r"%Warning-(\w+)", line)[1] for line in verilog_lint.verilator(tmp_path)} == {
        "WIDTHTRUNC", "UNUSEDSIGNAL"
    }  # fmt: skip
    assert any("-Wwidth-trunc" in line for line in verilog_lint.slang(tmp_path))


def test_ports_of_a_stranger_need_no_streams():
    text = verilog_text(Choices(), "top", "// mine\n")
    assert text.startswith("// mine\n\nmodule top (\n")
    assert "X_INTERFACE" not in text
