"""Verilog of unknown origin: what asks a tool for more than hardware is refused, ours is not."""

import shutil
from pathlib import Path

import pytest
import standin
from small_specs import flooding_spec

from hw import build as build_module
from hw import verilog_text
from hw.record import text_of
from model.errors import InputError
from sim import buildfolder, cosim
from synth.report import main as report

DATA = Path(__file__).resolve().parent / "data"

# What runs a program, reads or writes a file, or is read differently by the next tool.
REFUSED = {
    "system": 'initial $system("touch hit");',
    "system after a number": 'initial #1$system("touch hit");',
    "system after a based number": "initial #4'hA$system(\"touch hit\");",
    "system in a name": 'initial a$system("touch hit");',
    "escaped system": 'initial \\$system ("touch hit");',
    "escaped task": "initial \\$finish ;",
    "c": '$c("system(1);");',
    "readmem": 'initial $readmemh("/etc/passwd", m);',
    "display": 'initial $display("\\033[2J");',
    "finish": "initial $finish;",
    "root": "assign x = $root.a;",
    "dpi": 'import "DPI-C" function int system(string s);',
    "dpi context": 'import\n"DPI-C" context function void f();',
    "export": 'export "DPI-C" function f;',
    "bind": "bind tiny other o();",
    "package": "package p; endpackage",
    "class": "class c; endclass",
    "program": "program p; endprogram",
    "include": '`include "/etc/passwd"',
    "define": "`define x y",
    "systemc": "`systemc_imp_header",
    "directive in a name": 'wire \\a`include"x" ;',
    "macro": "`x",
    "comment without end": "/* $signed",
    "comment that ends where it begins": "/*/ wire x;",
    "comment for verilator": "/*verilator public*/",
    "comment for verilator, spaces": "//   verilator lint_off",
    "comment for synthesis": "// synopsys translate_off",
    "pragma": "/* Pragma translate_off */",
    "string over lines": 'x = "a\nb";',
    "string without end": 'x = "a',
    "string continued": 'x = "a\\\nb";',
    "triple quotes": 'x = """ a " b """; $system("touch hit");',
    "nul": "wire \0x;",
    "carriage return": "// \r wire x;\x0b",
    "no-break space": "wire\u00a0x;",
    "escape": "// \x1b[2J",
    "beyond ascii": "wire \\\u00e9 ;",
}
FINE = {
    "signed": "assign x = $signed(a) + $unsigned (b);",
    "names": "wire \\a.b$1 ; wire \\$auto$x.cc:12$3 ; wire \\$signal ;\nmod \\U$0 (.\\c[3] (d));",
    "words": "wire importer, rebind, class_1, packages;",
    "comments": "/* $system `include import */ // $system\n/**/ /* a\n * b */",
    "strings": '(* ram_style = "$system `include import // \\" \\\\ /*" *) reg x;',
    "stars": "always @* x = 1; always @(*) x = 1;",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_line(name):
    text = f"module tiny(input a);\n\n{REFUSED[name]}\nendmodule\n"
    with pytest.raises(InputError, match=r"^some\.v: line [34]: ") as error:
        verilog_text.check(text, "some.v")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", FINE)
def test_accepted(name):
    verilog_text.check(f"module tiny(input a);\n{FINE[name]}\nendmodule\n", "some.v")


def test_the_first_fault_counts():
    for text, line in (("$a\n\0", 1), ("\0\n$a", 1), ("\n$a", 2), ('"\n$a', 1)):
        with pytest.raises(InputError, match=f"line {line}: "):
            verilog_text.check(text, "some.v")


def test_what_the_emitter_writes_is_accepted(tmp_path):
    text_of(DATA / "synth_tiny.v")
    text_of(standin.write_build(tmp_path / "standin") / "standin.v")
    build_module.build(flooding_spec(z=5), tmp_path / "direct")
    assert len(text_of(tmp_path / "direct" / "tiny.v")) > 1000


@pytest.mark.parametrize("name", ["system", "dpi", "include", "readmem", "comment for synthesis"])
def test_no_tool_is_given_such_a_text(tmp_path, monkeypatch, name):
    """Through the commands: one line, exit code 2, no tool started, nothing written."""
    folder = standin.write_build(tmp_path / "b")
    path = folder / "standin.v"
    path.write_text(path.read_text() + f"module more(input a);\n{REFUSED[name]}\nendmodule\n")
    monkeypatch.setattr("model.processes.run", None)
    with pytest.raises(InputError, match=r"standin\.v: line \d+: "):
        buildfolder.read(folder)
    with pytest.raises(InputError, match=r"standin\.v: line \d+: "):
        cosim.run(folder, frames=2)
    for number in ("coded_bits_per_frame", "info_bits_per_frame"):
        text = (folder / "build.json").read_text()
        (folder / "build.json").write_text(text[:-1] + f', "{number}": 8}}')
    with pytest.raises(InputError, match=r"standin\.v: line \d+: "):
        report(["--build", str(folder)])
    assert {p.name for p in folder.iterdir()} == {"standin.v", "spec.json", "build.json"}


def test_what_was_checked_is_what_is_used(tmp_path):
    """The simulators get the text that was read, not the file, which may have changed since."""
    folder = standin.write_build(tmp_path / "b")
    build = buildfolder.read(folder)
    shutil.copy(DATA / "synth_tiny.v", build.verilog)
    assert "module standin" in build.text and "module tiny" in build.verilog.read_text()
