"""``README.txt``: what each file of the folder is, on one screen."""

from collections.abc import Collection

from model.version import VERSION
from synth.package import c_model, constraints, testbench
from synth.package.product import Product


def files(product: Product, beside: Collection[str]) -> dict[str, str]:
    """The text; ``beside`` are the other files that were made."""
    record, name = product.record, product.name
    lines = [
        (record["verilog"], f"the core: top module {name}, Verilog-2005, one clock"),
        (f"{name}.vlt", f"verilator --lint-only -Wall {name}.vlt {name}.v says nothing"),
        ("datasheet.html", "ports, timing, throughput, error rate, area, on one page"),
        (f"{testbench.FOLDER}/", "make: the core against vectors of the integer model, PASS or"
                                 " FAIL,\n{}Icarus or Verilator; make driver: the same from C++"),
        (f"{constraints.FOLDER}/", "the clock for Vivado (xdc), Quartus (sdc), Radiant (pdc), "
                                   "Diamond (lpf)"),
        (f"{name}.core", "FuseSoC: fusesoc --cores-root . run --target sim "
                         f"unfoldhw::{name}:{VERSION}"),
        (f"{name}_litex.py", "LiteX: a module with stream endpoints"),
        ("component.xml", "Vivado: add this folder to the IP repositories"),
        ("package_ip.tcl", "Vivado: the same, packaged by Vivado itself"),
        (f"{name}_registers.h", "the registers behind s_axil, for C"),
        (f"{name}_registers.rdl", "their description in SystemRDL, of which all of them is made"),
        (f"{name}_program.c", "with its .h: the function that makes programs of further codes"),
        (" ".join(record.get("c_model", [])), "the C model, equal to the core bit for bit"),
        (f"{c_model.FOLDER}/", "make: the C model as libraries; make check"),
        ("spec.json", "the spec: everything that decides a bit, with its hash"),
        ("build.json", "the record: ports, options, rates, hashes of all files"),
    ]  # fmt: skip
    there = {*beside, record["verilog"], "spec.json", "build.json", "datasheet.html"}
    there |= {f"{file.split('/')[0]}/" for file in beside} | {" ".join(record.get("c_model", []))}
    shown = [(file, words) for file, words in lines if file and file in there]
    width = 20
    text = [f"{name}: {product.about}", f"unfoldhw {VERSION}, spec {record['spec_sha']}", ""]
    for file, words in shown:
        if len(file) >= width:
            text.append(file)
            file = ""
        text.append(f"{file:{width}}{words.format(' ' * width)}")
    text += [
        "",
        "Two AXI4-Streams with full back-pressure, rst synchronous and active high, at least one",
        "cycle. The folder may be moved; nothing in it needs Python but LiteX.",
    ]
    return {"README.txt": "\n".join(text) + "\n"}
