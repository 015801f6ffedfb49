"""What lies beside the Verilog in a build folder: it is complete, runs, and notices faults."""

import ast
import functools
import hashlib
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
import types
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from driver_builds import BUILDS
from package_builds import CASES, change_a_bit, make, verilate, write
from small_specs import small_spec

from hw.build import build
from hw.record import read_record
from model.errors import InputError
from quant import golden
from synth import build as build_command
from synth import package
from synth.package import __main__ as package_command
from synth.package import constraints, unset
from synth.package.product import Product
from synth.record import Report

needs_icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="Icarus Verilog (iverilog) is not installed"
)
_S = "{http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009}"


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """A folder for every case."""
    root = tmp_path_factory.mktemp("packages")
    for case in CASES:
        write(case, root / case)
    return {case: root / case for case in CASES}


def copied(folder: Path, place: Path, name: str = "some where") -> Path:
    """The folder somewhere else."""
    return Path(shutil.copytree(folder, place / name))


@pytest.mark.parametrize("case", CASES)
def test_build_json_lists_what_is_there(folders, case):
    folder = folders[case]
    record = read_record(folder, ("verilog", "spec_sha"))
    own = {record["verilog"], "spec.json", "build.json", *record["c_model"]}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {*record["beside"]} | own == there
    for name, digest in record["beside"].items():
        text = (folder / name).read_text()
        assert hashlib.sha256(text.encode()).hexdigest() == digest
        assert str(folder) not in text and "/work" not in text and "/tmp" not in text, name
    said = (folder / "README.txt").read_text()
    assert len(said.splitlines()) <= 24
    for name in record["beside"]:
        assert name == "README.txt" or name.split("/")[0] in said, name


def test_the_same_build_has_the_same_files(folders, tmp_path):
    assert write("layered", tmp_path)["beside"] == read_record(folders["layered"], ())["beside"]


def test_vectors_are_those_of_golden(folders):
    """Codes read back from in.hex give the bits and the status of out.hex."""
    spec, _ = BUILDS["layered"]()
    record = read_record(folders["layered"], ())
    tb = folders["layered"] / "tb"
    sent, due = ([int(line, 16) for line in (tb / name).read_text().splitlines()[1:]]
                 for name in ("in.hex", "out.hex"))  # fmt: skip
    beats = record["input_beats_per_frame"]
    last = 8 * record["llrs_per_beat"]
    assert [word >> last for word in sent] == [*[0] * (beats - 1), 1] * (len(sent) // beats)
    octets = b"".join((w & (1 << last) - 1).to_bytes(last // 8, "little") for w in sent)
    codes = np.frombuffer(octets, np.int8).reshape(-1, beats * last // 8)[:, : spec.n]
    found = golden.decode(spec, codes)
    bits, out = record["bits_per_beat"], record["output_beats_per_frame"]
    user = record["ports"]["m_axis_tuser"]["width"]
    assert len(due) == out * len(codes) and len(codes) >= 16
    for number, word in enumerate(due):
        frame, beat = divmod(number, out)
        expected = found.bits[frame][beat * bits : (beat + 1) * bits]
        status = int(found.decoded[frame]) | int(found.iterations[frame]) << 1
        data = sum(int(bit) << place for place, bit in enumerate(expected))
        assert word == data | status << bits | int(beat == out - 1) << bits + user


@needs_icarus
@pytest.mark.parametrize("case", CASES)
def test_the_bench_passes_in_icarus(folders, case, tmp_path):
    tb = copied(folders[case], tmp_path) / "tb"
    for words, frames in (((), 48), (("ARGS=+frames=2",), 2)):
        done = make(tb, "icarus", *words)
        assert done.returncode == 0 and f"PASS: {frames} frames" in done.stdout, done.stdout


@needs_icarus
@pytest.mark.parametrize(("case", "digit"), [("layered", -1), ("precoder", 0)])
def test_a_changed_bit_fails_in_icarus(folders, case, digit, tmp_path):
    folder = copied(folders[case], tmp_path)
    change_a_bit(folder, digit)
    done = make(folder / "tb", "icarus")
    assert done.returncode != 0 and "FAIL" in done.stdout and "PASS" not in done.stdout, done.stdout


@needs_icarus
def test_vectors_that_are_missing_fail(folders, tmp_path):
    folder = copied(folders["tagged"], tmp_path)
    (folder / "tb" / "out.hex").unlink()
    done = make(folder / "tb", "icarus")
    assert done.returncode != 0 and "in.hex or out.hex is missing" in done.stdout, done.stdout


def test_the_bench_passes_in_verilator(folders, tmp_path):
    tb = copied(folders["precoder"], tmp_path, "else") / "tb"
    done = verilate(tb, "verilator")
    assert done.returncode == 0 and "PASS: 48 frames" in done.stdout, done.stdout
    lines = (tb / "out.hex").read_text().splitlines()
    lines[9] = f"{int(lines[9], 16) ^ 1:x}"
    (tb / "out.hex").write_text("\n".join(lines))
    again = subprocess.run(["out/verilator/tb_tiny"], cwd=tb, text=True, capture_output=True)
    assert again.returncode != 0 and "frame 8, beat 0: " in again.stdout, again.stdout


@pytest.mark.slow
def test_a_changed_bit_fails_in_verilator(folders, tmp_path):
    folder = copied(folders["layered"], tmp_path, "else")  # make takes no name with a space
    change_a_bit(folder, -1)
    done = verilate(folder / "tb", "verilator")
    assert done.returncode != 0 and "FAIL" in done.stdout and "PASS" not in done.stdout, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("case", ["tagged", "writable"])
def test_the_driver_in_cpp_passes(folders, case, tmp_path):
    done = verilate(copied(folders[case], tmp_path, "else") / "tb", "driver")
    assert done.returncode == 0 and "PASS: 48 frames" in done.stdout, done.stdout


def test_the_c_model_is_made(folders, tmp_path):
    folder = copied(folders["precoder"], tmp_path)
    done = make(folder / "cmodel", "check", "CXXFLAGS=-O0")
    sha = read_record(folder, ())["spec_sha"]
    assert done.returncode == 0 and done.stdout == f"PASS: the model of spec {sha}\n", done.stdout


@pytest.mark.parametrize("case", ["ecp5", "precoder"])
def test_the_fusesoc_core_names_files_that_are_there(folders, case):
    folder = folders[case]
    text = (folder / "tiny.core").read_text()
    assert text.startswith("CAPI=2:\n")
    core = yaml.safe_load(text)
    named = [file for part in core["filesets"].values() for file in part["files"]]
    paths = [file if isinstance(file, str) else next(iter(file)) for file in named]
    assert all((folder / path).is_file() for path in paths) and "tb/in.hex" in paths
    assert ("tb/cells.v" in paths) == (case == "ecp5")
    for target in core["targets"].values():
        assert {*target["filesets"]} <= {*core["filesets"]}


@pytest.mark.parametrize("case", ["writable", "registers"])
def test_the_litex_module_connects_every_port(folders, case, monkeypatch):
    """With stand-ins for Migen and LiteX, which are no part of this project."""
    folder = folders[case]
    made = {}

    class Module:
        specials = 0

        def __init_subclass__(cls):
            pass

    def instance(name, **ports):
        made.update(ports, name=name)
        return 0

    migen = types.ModuleType("migen")
    migen.Instance, migen.Signal = instance, lambda bits=1: ("signal", bits)
    migen.ClockSignal = migen.ResetSignal = str
    gen = types.ModuleType("litex.gen")
    gen.LiteXModule = Module

    def lite(data_width, address_width):
        channel = dict.fromkeys(("addr", "data", "strb", "resp", "valid", "ready"), data_width)
        return types.SimpleNamespace(
            **{name: types.SimpleNamespace(**channel) for name in ("aw", "w", "b", "ar", "r")}
        )

    stream = types.SimpleNamespace(
        Endpoint=lambda layout: types.SimpleNamespace(
            **dict(layout), valid=1, ready=1, last=1, first=1
        )
    )
    interconnect = types.ModuleType("litex.soc.interconnect")
    interconnect.stream, interconnect.axi = stream, types.SimpleNamespace(AXILiteInterface=lite)
    for name, module in (("migen", migen), ("litex", types.ModuleType("litex")),
                         ("litex.gen", gen), ("litex.soc", types.ModuleType("litex.soc")),
                         ("litex.soc.interconnect", interconnect)):  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    text = (folder / "tiny_litex.py").read_text()
    ast.parse(text)
    names: dict = {"__file__": str(folder / "tiny_litex.py")}
    exec(compile(text, "tiny_litex.py", "exec"), names)
    sources = []
    names["Tiny"](types.SimpleNamespace(add_source=sources.append))
    record = read_record(folder, ())
    due = {f"{port['direction'][0]}_{name}" for name, port in record["ports"].items()}
    assert made.pop("name") == "tiny" and {*made} == due
    data = "s_axis_h_tdata" if case == "writable" else "s_axis_tdata"
    assert made[f"i_{data}"] == record["ports"][data]["width"]
    assert [Path(path) for path in sources] == [folder / "tiny.v"]


@pytest.mark.parametrize("case", ["layered", "precoder", "registers"])
def test_component_xml_has_every_port_and_stream(folders, case):
    folder = folders[case]
    record = read_record(folder, ())
    root = ElementTree.parse(folder / "component.xml").getroot()
    ports = {}
    for port in root.iter(f"{_S}port"):
        left = port.find(f".//{_S}left")
        direction = {"in": "input", "out": "output"}[port.find(f".//{_S}direction").text]
        width = 1 if left is None else int(left.text) + 1
        ports[port.find(f"{_S}name").text] = {"direction": direction, "width": width}
    assert ports == record["ports"]
    buses = {bus.find(f"{_S}name").text: bus for bus in root.iter(f"{_S}busInterface")}
    streams = [name.removesuffix("_tvalid") for name in ports if name.endswith("_tvalid")]
    lite = ["s_axil"] if case == "registers" else []
    assert {*buses} == {"clk", "rst", *streams, *lite}
    values = {value.get(f"{_S}id"): value.text for value in root.iter(f"{_S}value")}
    assert values["BUSIFPARAM_VALUE.RST.POLARITY"] == "ACTIVE_HIGH"
    assert {*values["BUSIFPARAM_VALUE.CLK.ASSOCIATED_BUSIF"].split(":")} == {*streams, *lite}
    assert values["BUSIFPARAM_VALUE.CLK.ASSOCIATED_RESET"] == "rst"
    for name in (*streams, *lite):
        into = buses[name].find(f"{_S}slave") is not None
        assert into == (name in lite or ports[f"{name}_tvalid"]["direction"] == "input")
        mapped = [each.text for each in buses[name].iterfind(f".//{_S}physicalPort/{_S}name")]
        assert {*mapped} == {port for port in ports if port.rsplit("_", 1)[0] == name}
    maps = {each.find(f"{_S}name").text: each for each in root.iter(f"{_S}memoryMap")}
    assert {*maps} == {*lite}
    for name, found in maps.items():
        assert buses[name].find(f".//{_S}memoryMapRef").get(f"{_S}memoryMapRef") == name
        offsets = {each.find(f"{_S}name").text: int(each.find(f"{_S}addressOffset").text, 16)
                   for each in found.iter(f"{_S}register")}  # fmt: skip
        assert offsets == {n: each["offset"] for n, each in record["registers"].items()}
    for file in root.iter(f"{_S}file"):
        assert (folder / file.find(f"{_S}name").text).is_file()


@pytest.mark.parametrize("case", ["layered", "registers"])
def test_package_ip_is_a_script_that_runs(folders, case):
    """With a stand-in for every command of Vivado."""
    tkinter = pytest.importorskip("tkinter", reason="tkinter (Tcl) is not installed")
    text = (folders[case] / "package_ip.tcl").read_text()
    tcl, called = tkinter.Tcl(), []
    tcl.eval("namespace eval ipx {}")
    used = r"(?:ipx::\w+|create_project|add_files|[gs]et_(?:property|files)|update_compile_order|"
    for name in {*re.findall(rf"(?:^|\[|\s)({used}current_fileset|close_project))\b", text)}:
        tcl.createcommand(name, lambda *words, name=name: called.append((name, *words)) or "")
    tcl.eval(f"set argv0 x\n{text}")
    assert ("ipx::associate_bus_interfaces", "-busif", "s_axis", "-clock", "clk", "") in called
    assert called[-1][0] == "close_project"
    registers = read_record(folders[case], ()).get("registers", {})
    assert [call[1] for call in called if call[0] == "ipx::add_register"] == [*registers]


def test_constraints_have_the_clock_on_record(folders):
    record = read_record(folders["layered"], ())
    spec, _ = BUILDS["layered"]()
    cost = {"target": "ecp5-85k", "ebr": 1, "comb": 1, "fmax_mhz": 168.83}
    product = Product(record, spec.with_provenance({"cost": cost}), "")
    texts = {Path(name).suffix: text for name, text in constraints.files(product).items()}
    assert texts[".lpf"].splitlines()[-1] == 'FREQUENCY PORT "clk" 168 MHZ;'
    for suffix in (".xdc", ".sdc", ".pdc"):
        line = "create_clock -name clk -period 5.952 [get_ports {clk}]"
        assert texts[suffix].splitlines()[-1] == line
    nothing = (folders["layered"] / "constraints" / "tiny.xdc").read_text()
    assert "-period 10.000" in nothing and "unfoldhw report" in nothing


def test_a_cost_on_record_is_not_that_of_a_build_with_more_to_do(tmp_path):
    spec = small_spec(3)
    record = build(spec, tmp_path)
    rate = 100 * record["coded_bits_per_frame"] / record["cycles_per_frame_full"]
    cost = {"target": "ecp5-85k", "ebr": 1, "comb": 1, "fmax_mhz": 100, "coded_mbps": rate}
    spec = spec.with_provenance({"cost": cost})
    for more in ({}, {"target": "ecp5-85k"}):
        chosen = record | {"options": record["options"] | more}
        assert Product(chosen, spec, "").cost_is_of_this
    for name, value in (("decisions", "soft"), ("registers", True), ("fifo", "distributed")):
        chosen = record | {"options": record["options"] | {name: value}}
        assert not Product(chosen, spec, "").cost_is_of_this


class Links(HTMLParser):
    """All that a page would load or run."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "img", "base"):
            self.found.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href", "xlink:href")
                       and not (value.startswith("#") or value == "data:,")]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_datasheet_is_one_file_with_all_figures(folders, case):
    record = read_record(folders[case], ())
    text = (folders[case] / "datasheet.html").read_text()
    links = Links()
    links.feed(text)
    assert links.found == [] and "@import" not in text and "url(" not in text
    for name, port in record["ports"].items():
        cells = f"<code>{name}</code></td><td>{port['direction']}</td>"
        assert f'{cells}<td class="n">{port["width"]}<' in text, name
    for number in (record["latency_cycles"], record["coded_bits_per_frame"]):
        assert f"{number:,}" in text
    assert f"{record['cycles_per_frame_full']:,.1f}" in text and record["spec_sha"] in text
    assert all(f"<code>{name}</code>" in text for name in record["user_fields"])
    streams = sum(name.endswith("tlast") for name in record["ports"])
    assert text.count('<svg class="waves"') == 1 + streams
    assert "unfoldhw fer" in text and "make -C tb" in text


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome",
                                                "google-chrome-stable"))), None)  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium (chromium, google-chrome) is not installed")
def test_a_browser_opens_the_datasheet_and_asks_for_nothing_else(folders, tmp_path):
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_):
            pass

    place = functools.partial(Handler, directory=folders["precoder"])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), place) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
             f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1000,1400",
             "--disable-background-networking", "--virtual-time-budget=2000",
             f"--screenshot={tmp_path / 'page.png'}", "--dump-dom",
             f"http://127.0.0.1:{server.server_port}/datasheet.html"],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert asked == ["/datasheet.html"]
    assert "CONSOLE" not in done.stderr, done.stderr
    assert done.stdout.count("<svg") == 4 and "How it was checked" in done.stdout


def test_bare_leaves_the_files_out_and_removes_old_ones(tmp_path, capsys):
    spec = BUILDS["direct"]()[0].save(tmp_path / "mine.json")
    out = tmp_path / "out"
    words = ["--spec", str(spec), "--out", str(out)]
    assert build_command.main(words) == 0
    assert (out / "datasheet.html").exists() and (out / "tb" / "tb_tiny.v").exists()
    (out / "README.txt").write_text("mine")
    assert build_command.main([*words, "--bare"]) == 0
    left = {str(path.relative_to(out)) for path in out.rglob("*")}
    bare = {"tiny.v", "spec.json", "build.json", "tiny_cmodel.cpp", "tiny_cmodel.h"}
    assert left == bare | {"README.txt"}  # which is nobody's but the user's now
    assert "beside" not in json.loads((out / "build.json").read_text())


def test_help_says_what_is_written(capsys):
    with pytest.raises(SystemExit):
        build_command.main(["--help"])
    said = capsys.readouterr().out
    assert "--bare" in said and "datasheet.html" in said and "tb/" in said


def test_reports_come_into_the_datasheet(folders, tmp_path, capsys):
    folder = copied(folders["tagged"], tmp_path)
    record = read_record(folder, ())
    values = {
        "target": "ecp5-85k", "top": "tiny", "spec_sha": record["spec_sha"], "seed": 1,
        "verilog_sha": record["verilog_sha"], "key": "k", "freq_mhz": 200.0, "placer": None,
        "lut": 321, "lut4": 321, "comb": 456, "ccu2c": 0, "ff": 77, "ebr": 3.0,
        "ebr_output_registers": 0, "dsp_output_registers": 0, "distributed_ram": 0, "dsp": 0,
        "routed": True, "not_routed_reason": None, "fmax_mhz": 123.4,
        "cycles_per_frame": record["cycles_per_frame_full"],
        "coded_bits_per_frame": record["coded_bits_per_frame"], "info_bits_per_frame": 3,
        "mframes_per_s": 1.0, "coded_mbps": 98.7, "info_mbps": 1.0, "coded_mbps_per_klut4": 1.0,
        "coded_mbps_per_kcomb": 1.0, "critical_path": None, "tools": {}, "seconds": 1.0,
    }  # fmt: skip
    report = Report(**values)
    (folder / "report-ecp5-85k-seed1.json").write_text(json.dumps(report.to_json()))
    (folder / "report-generic-seed1.json").write_text("{}")
    assert package_command.main(["--build", str(folder), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.splitlines()[-1])["files"]
    now = read_record(folder, ())
    assert listed == [*now["beside"]] and now["verilog_sha"] == record["verilog_sha"]
    text = (folder / "datasheet.html").read_text()
    assert "123.4" in text and "98.7" in text and "this build" in text and ">456<" in text


def test_what_anybody_wrote_into_a_spec_stays_words(folders):
    record = read_record(folders["tagged"], ())
    cost = {"target": "ecp5-85k", "ebr": 1, "comb": None, "fmax_mhz": 5.0, "lut4": "many",
            "command": "<script>\x1b[2J\ud800</script>", "coded_mbps": []}  # fmt: skip
    loss = {"loss_db": 0.1, "target": 0.01, "low_db": "low", "high_db": {}}
    spec = BUILDS["tagged"]()[0].with_provenance({"cost": cost, "loss": loss})
    text = (folders["tagged"] / "tiny.v").read_text()
    for name, made in package.files(spec, record, text).items():
        assert made.encode() and "<script" not in made and "\x1b" not in made, name


@pytest.mark.parametrize("field", ["ports", "coded_bits_per_frame", "version"])
def test_a_record_that_lacks_a_field_is_one_line(folders, field, tmp_path):
    folder = copied(folders["tagged"], tmp_path)
    record = read_record(folder, ())
    del record[field]
    (folder / "build.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=field):
        package_command.main(["--build", str(folder)])


def test_registers_without_a_value_are_found():
    text = """
module top(clk);
  reg [3:0] _0_;
  reg [3:0] set = 4'h0;
  reg  later;
  initial begin
    later = 1'h0;
  end
  always @(posedge clk) begin
    _0_ <= set;
    set <= 4'h1;
    later <= 1'h1;
  end
  part #(
    .A(1)
  ) \\x$1  (
    .clk(clk)
  );
  part plain (
    .clk(clk)
  );
endmodule

module part(clk);
  reg q;
  always @(posedge clk)
    q <= 1'h1;
endmodule
"""
    assert unset.registers(text, "top") == ["_0_", "\\x$1 .q", "plain.q"]


def test_a_folder_that_was_built_before_is_made_anew(tmp_path):
    """Another spec of another name: nothing of the first is left."""
    build(BUILDS["direct"]()[0], tmp_path, beside=package.files)
    other = BUILDS["direct"]()[0]
    object.__setattr__(other, "name", "other")
    build(other, tmp_path, beside=package.files)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert "tb_tiny.v" not in left and "tiny_litex.py" not in left and "tb_other.v" in left
