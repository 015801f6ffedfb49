"""Files are data: no string of a document, file name or option runs or moves a cursor."""

import json
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from injection import PAYLOADS, Document, renamed, replaced, strings
from small_precoders import small_precoder
from small_specs import small_graph, small_spec

from hw import build as hw_build
from model import alist, npz, parameters
from model import io as code_files
from model.errors import InputError
from model.names import name_of_file
from model.parameters import Parameters
from quant import document, kinds
from quant.cmodel.emit import soft_source, sources
from quant.measured import summary
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from quant.sources import spec_for
from sim import buildfolder, cosim, failures, fer, replay, results
from sim.failures import Failures
from sim.results import Results
from sim.tally import Tally
from sim.units import Count
from synth import flow, report

LONGEST = 600


def checked_line(text: str) -> None:
    assert text.isprintable() and len(text) <= LONGEST, repr(text)


# --- the documents ------------------------------------------------------------------------------


def rehashed(record: dict) -> dict:
    """A spec's record with the hash that its content has."""
    return {**record, "sha256": document.content_sha(document.content_of(record))}


def write_spec(record, folder):
    path = folder / "spec.json"
    path.write_text(json.dumps(rehashed(record)))
    return path


def use_spec(path):
    spec = kinds.load(path)
    texts = [spec.describe(), *spec.remarks(), summary(spec), spec.name]
    if hasattr(spec, "code"):
        texts += [sources(spec), soft_source(spec)]
    return texts


def use_exponents(path):
    graph = code_files.load(path)
    return [graph.name, repr(graph), alist.dump(graph)]


def write_exponents(record, folder):
    path = folder / "code.json"
    path.write_text(json.dumps(record))
    return path


def spec_document() -> Document:
    provenance = {
        "command": "x", "note": "y", "search": {"by": "z"},
        "loss": {"loss_db": 0.1, "target": 0.01, "reference": "min-sum", "command": "c"},
        "cost": {"target": "ecp5-85k", "comb": 1, "ebr": 1, "fmax_mhz": 1.0},
    }  # fmt: skip
    spec = small_spec(3, iterations=2).with_provenance(provenance)
    return Document(json.loads(spec.to_json()), write_spec, use_spec)


def precoder_document() -> Document:
    spec = small_precoder().with_provenance({"parameters": "x", "search": {"by": "z"}})
    return Document(json.loads(spec.to_json()), write_spec, use_spec)


def exponents_document() -> Document:
    graph = small_graph(7)
    record = {
        "name": "mine", "source": "s", "comment": "c", "Z": 7,
        "exponents": graph.block.exponents.tolist(),
    }  # fmt: skip
    return Document(record, write_exponents, use_exponents)


def counted(ebn0_db: float) -> Tally:
    sums = Tally(DecoderMonteCarlo, ebn0_db)
    counts = dict(zip(DecoderMonteCarlo.names(), (3, 12, 1700, 1), strict=True))
    sums.add(Count(0, counts, 0.5, 0.25, (1, 2, 3)))
    return sums


def sealed(record: dict) -> dict:
    """A results or failures record with the hashes that its parts have."""
    spec = rehashed(record["spec"]) if isinstance(record.get("spec"), dict) else record.get("spec")
    content = {k: v for k, v in record.items() if k not in ("sha256", "spec")}
    if isinstance(spec, dict):
        content["spec_sha"] = spec["sha256"]
    return {**content, "sha256": document.content_sha(content), "spec": spec}


def write_sealed(record, folder):
    path = folder / "counted.json"
    path.write_text(json.dumps(sealed(record)))
    return path


@cache
def saved(kind: str) -> str:
    """Text of a results or a failures file."""
    spec, awgn = small_spec(3).to_json(), Channel("awgn", "bpsk")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.json"
        if kind == "results":
            Results(spec, "c", awgn, 7, [counted(3.0), counted(3.5)]).save(path)
        else:
            Failures.of(spec, awgn, 7, [counted(3.0)]).save(path)
        return path.read_text()


def use_results(path):
    found = results.load(path)
    return [found.title, found.model, found.link, [t.record(10) for t in found.counted()]]


def use_failures(path):
    found = failures.load(path)
    return [found.frames, found.link, found.seed]


def results_document() -> Document:
    return Document(json.loads(saved("results")), write_sealed, use_results)


def failures_document() -> Document:
    return Document(json.loads(saved("failures")), write_sealed, use_failures)


@cache
def built() -> dict[str, str]:
    """Files of a small build folder, text by name."""
    with tempfile.TemporaryDirectory() as folder:
        hw_build.build(small_spec(3), folder)
        return {path.name: path.read_text() for path in Path(folder).iterdir() if path.is_file()}


def write_build(record, folder):
    for name, text in built().items():
        (folder / name).write_text(text)
    path = folder / "build.json"
    path.write_text(json.dumps(record))
    return path


def use_build(path):
    """What tools are given and reports print: all but options that nothing reads again."""
    build = buildfolder.read(path.parent)
    flow.read_build(path.parent)
    # Of the C model's files only the names are said: they lead nowhere else.
    assert all(Path(name).name == name for name in build.record["c_model"])
    keys = ("name", "top", "kind", "verilog", "spec", "code", "mapped_once")
    return [build.text, build.cell_models, {key: build.record.get(key) for key in keys}]


def build_document() -> Document:
    return Document(json.loads(built()["build.json"]), write_build, use_build)


def write_header(record, folder):
    path = folder / "p.npz"
    edges = np.ones((2, small_graph(7).n_block_edges))
    npz.write(path, {"alpha": edges, "beta": 0 * edges}, record)
    return path


def use_header(path):
    found = Parameters.load(path, small_graph(7))
    return [found.alpha.tolist(), found.layout, found.graph.name]


def header_document() -> Document:
    header = {
        "rule": "normalised-offset", "made": {"command": "x"}, "schema": parameters.SCHEMA,
        "graph": "small_z7", "edges_sha256": small_graph(7).edges_sha, "iterations": 2,
        "layout": "block_edge",
    }  # fmt: skip
    return Document(header, write_header, use_header)


DOCUMENTS = {
    "results": results_document,
    "failures": failures_document,
    "build.json": build_document,
    "parameters": header_document,
    "spec": spec_document,
    "precoder spec": precoder_document,
    "exponents": exponents_document,
}


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_no_string_of_a_document_does_harm(tmp_path, monkeypatch, kind, payload):
    monkeypatch.chdir(tmp_path)
    document, text = DOCUMENTS[kind](), PAYLOADS[payload]
    clean = document.use(document.write(document.record, tmp_path))
    cells = 0
    for place in strings(document.record):
        for changed in (replaced, renamed):
            if changed is renamed and not isinstance(place[-1], str):
                continue
            path = document.write(changed(document.record, place, text), tmp_path)
            try:
                assert document.use(path) == clean, (changed.__name__, place)
            except InputError as error:
                checked_line(str(error))
            cells += 1
    assert cells >= 6
    left = {path.name for path in tmp_path.rglob("*")}
    assert not any("CANARY" in name for name in left), left


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("suffix", [".alist", ".qc", ".json"])
def test_no_file_name_does_harm(tmp_path, suffix, payload):
    """The stem becomes the code's name, and that goes into comments of generated code."""
    text = PAYLOADS[payload]
    assert sources_are_clean(name_of_file(text + suffix))
    try:
        path = tmp_path / (text.replace("/", "|") + suffix)
        code_files.save(small_graph(7), path)
        spec = spec_for(str(path), architecture=None)
    except InputError as error:
        checked_line(str(error))
        return
    checked_line(spec.describe())
    for source in (*sources(spec).values(), *soft_source(spec).values()):
        assert "\0" not in source and "\x1b" not in source and "\r" not in source
        # In code it may be a part of an identifier, and nothing but that.
        code = [line for line in source.splitlines() if not line.startswith("//")]
        assert not any("touch CANARY" in line or "/CANARY" in line for line in code)
        head = source.splitlines()[0]
        assert not head.endswith("\\") and "*/" not in head


def sources_are_clean(name: str) -> bool:
    return name.isprintable() and 1 <= len(name) <= 64 and not set(name) & set("\\/\"'`$<>|;&{}")


COMMANDS = {
    "hw.build --code": (hw_build.main, ["--code"]),
    "hw.build --spec": (hw_build.main, ["--spec"]),
    "hw.build --target": (hw_build.main, ["--code", "bch_31_16", "--target"]),
    "sim.fer --code": (fer.main, ["--ebn0", "3", "--code"]),
    "sim.fer --ebn0": (fer.main, ["--code", "bch_31_16", "--ebn0"]),
    "sim.cosim --build": (cosim.main, ["--build"]),
    "sim.replay --failures": (replay.main, ["--failures"]),
    "synth.report --build": (report.main, ["--build"]),
}


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_option_does_harm(tmp_path, monkeypatch, capsys, command, payload):
    monkeypatch.chdir(tmp_path)
    main, arguments = COMMANDS[command]
    with pytest.raises((InputError, SystemExit)) as caught:
        main([*arguments, PAYLOADS[payload]])
    if isinstance(caught.value, SystemExit):
        assert caught.value.code == 2
        checked_line(capsys.readouterr().err.removesuffix("\n"))
    else:
        checked_line(str(caught.value))
    assert os.listdir(tmp_path) == []


def test_the_table_has_enough_cells():
    cells = sum(
        len(PAYLOADS) * sum(1 + isinstance(place[-1], str) for place in strings(make().record))
        for make in DOCUMENTS.values()
    )
    assert cells + len(PAYLOADS) * (3 + len(COMMANDS)) >= 300
