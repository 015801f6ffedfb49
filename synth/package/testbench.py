"""``tb/``: a testbench in plain Verilog with vectors of golden, for any simulator."""

from model.version import VERSION
from synth.package import cells, unset
from synth.package.product import Product
from synth.package.templates import fill
from synth.package.vectors import Vectors, vectors

FOLDER = "tb"


def files(product: Product) -> dict[str, str]:
    """Testbench, vectors, C++ driver and makefile; nothing where the family has no stimulus."""
    found = vectors(product)
    if found is None:
        return {}
    models = cells.text(product)
    texts = {f"tb_{product.name}.v": bench(product, found, models is not None), **found.files}
    if models is not None:
        texts["cells.v"] = models
    values = {"name": product.name, "verilog": product.record["verilog"], "v": found,
              "cells": models is not None}  # fmt: skip
    texts["driver.cpp"] = driver(product, found)
    texts["Makefile"] = fill("testbench.mk", **values)
    return {f"{FOLDER}/{name}": text for name, text in texts.items()}


def driver(product: Product, found: Vectors) -> str:
    """A bench in C++ for Verilator's model, as an example of one."""
    places, low = [], 0
    for name in reversed(found.writes):
        width = product.record["ports"][name]["width"]
        places.append((name, low, width))
        low += width
    return fill(
        "driver.cpp", name=product.name, version=VERSION, v=found, patience=patience(product),
        tag=found.timed.get("tag"), context=found.timed.get("context"), write_places=places,
        idle=product.ports.idle(product.record["ports"]),
        **_streams(product, found),
    )  # fmt: skip


def bench(product: Product, found: Vectors, has_cells: bool) -> str:
    """The testbench's text."""
    ports = product.record["ports"]
    widths = {name: port["width"] for name, port in ports.items()}
    wires = [
        (name, port["width"], port["direction"] == "input")
        for name, port in ports.items() if name not in ("clk", "rst")
    ]  # fmt: skip
    return fill(
        "testbench.v", name=product.name, version=VERSION, v=found, cells=has_cells, wires=wires,
        spec_sha=product.record["spec_sha"], verilog=product.record["verilog"], widths=widths,
        patience=patience(product), strobes=[name for name in widths if name.endswith("_dropped")],
        tag=found.timed.get("tag"), context=found.timed.get("context"),
        unset=unset.registers(product.text, product.name),
        write_bits=sum(widths[name] for name in found.writes), **_streams(product, found),
    )  # fmt: skip


def _streams(product: Product, found: Vectors) -> dict:
    ports, contexts, words = product.ports, product.stimulus.contexts, product.stimulus.words
    return {
        "main": ports.stream("s_axis"),
        "result": ports.stream("m_axis"),
        "second": ports.stream(contexts.prefix) if contexts else None,
        "number": contexts.number_signal if contexts else None,
        "reports": list(contexts.reports) if contexts else [],
        "words": ports.stream(words.prefix) if words else None,
        "statuses": ports.stream(words.status_prefix) if words else None,
    }


def patience(product: Product) -> int:
    """Cycles after which a bench gives up when no beat moves."""
    record = product.record
    together = record.get("frames_in_lockstep", 1)
    beats = record.get("input_beats_per_frame", 1)
    cycles = record["latency_cycles"] + record["frames_in_flight"] * record["cycles_per_frame_full"]
    cycles += record.get("context_cycles", 0) + 2 * (together + 15) * beats * (together > 1)
    return int(4 * cycles) + 1000
