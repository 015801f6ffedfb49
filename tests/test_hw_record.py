"""build.json: what it writes is what it reads, and nothing that it could hold does any harm."""

import copy
import json
import random
from pathlib import Path

import pytest
from injection import PAYLOADS
from small_specs import flooding_spec

from hw import build as build_module
from hw.lib import cell_models
from hw.record import BuildRecord, read_record, work_folder
from model.errors import InputError

WRONG = [None, True, -1, 0, 1.5, 10**400, 1e308, [], {}, [[1]], {"a": {"b": 1}}, "x", ["\n"] * 3]


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> dict:
    """Of a decoder, and fields that other kinds have."""
    folder = tmp_path_factory.mktemp("record")
    written = build_module.build(flooding_spec(z=5), folder)
    more = {"mapped_once": "tiny.core0", "cores": 2, "form": "iterated",
            "user_fields": {"decoded": [0, 1], "tag": [1, 8]}, "totals": ["decoded"],
            "registers": {"control": {"offset": 12, "access": "rw"}},
            "edges": 9, "estimated_comb": 3.5, "constellation": "16qam", "users": 8, "antennas": 64,
            "cell_models": ["ecp5"], "of_another_version": ["a", 1, None]}  # fmt: skip
    return written | more


def places(value, path=()):
    """The path of everything inside a JSON value, keys included as ``(..., key, None)``."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def replaced(record: dict, path: tuple, value) -> dict:
    changed = copy.deepcopy(record)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def texts(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def harmless(text: str) -> bool:
    return text.isprintable() and len(text) <= 256 and not set(text) & set("\\/\"'`$<>|")


def read(content: dict) -> dict | None:
    """What is read of it, or None for a refusal, which is one short line."""
    try:
        return BuildRecord.from_json(content, "build.json").to_json()
    except InputError as error:
        assert "\n" not in str(error) and len(str(error)) <= 600 and str(error).isprintable()
        assert "build.json" in str(error)
        return None


def test_what_is_written_is_what_is_read(record):
    again = read(record)
    assert again == record and json.loads(json.dumps(again)) == record
    assert BuildRecord.from_json(record).facts["cores"] == 2


@pytest.mark.parametrize("kind", PAYLOADS)
def test_no_text_of_any_field_gets_through(record, kind):
    refused = 0
    for path in places(record):
        if not path:
            continue
        found = read(replaced(record, path, PAYLOADS[kind]))
        refused += found is None
        assert found is None or all(map(harmless, texts(found))), path
        # And as the name of a field, or of an option, a port ...
        *above, last = path
        if isinstance(last, str):
            changed = copy.deepcopy(record)
            place = changed
            for step in above:
                place = place[step]
            place[PAYLOADS[kind]] = place.pop(last)
            found = read(changed)
            assert found is None or PAYLOADS[kind] not in {*texts(found)}, path
    assert refused > 60


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_values_of_another_type_are_refused_or_plain(record, value):
    for path in places(record):
        if path:
            found = read(replaced(record, path, value))
            assert found is None or all(map(harmless, texts(found)))
    for name in ("top", "spec_sha", "c_model", "latency_cycles", "ports", "cell_models"):
        if value not in ([], {}, "x"):
            assert read(record | {name: value}) is None


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("top", "a; exec", "field 'top' is 'a; exec', expected text: a Verilog identifier"),
        ("mapped_once", "a b", "field 'mapped_once' is 'a b'"),
        ("mapped_once", "a..b", "field 'mapped_once'"),
        ("verilog", "..", "field 'verilog' is '..'"),
        ("verilog", ".hidden.v", "field 'verilog'"),
        ("spec_sha", "A" * 64, "64 hexadecimal digits"),
        ("latency_cycles", 0, "field 'latency_cycles' is 0, expected a whole number"),
        ("cycles_per_frame_full", True, "field 'cycles_per_frame_full' is True"),
        ("frames_in_flight", 1e6, "field 'frames_in_flight'"),
        ("c_model", ["a/../../b", "x\n"], "field 'c_model'"),
        ("options", {"slots": [1]}, "field 'options'"),
        ("ports", {"a": {"direction": "inout", "width": 1}}, "field 'ports'"),
        ("cell_models", [["os", "x.v"]], "names x.v of package 'os', known are ecp5, nexus"),
        ("cell_models", ["../x"], "cell_models names '../x'"),
        ("a b", 1, "field 'a b' is unknown"),
    ],
)
def test_the_message_names_field_and_value(record, field, value, text):
    with pytest.raises(InputError) as error:
        BuildRecord.from_json(record | {field: value}, "some/build.json")
    assert str(error.value).startswith("some/build.json: ") and text in str(error.value)


def test_records_of_older_versions_are_read(record):
    older = {"verilog": "/somewhere/b/tiny.v", "spec": "b/spec.json", "out": "/somewhere/b",
             "c_model": ["b/tiny.cpp"],
             "cell_models": [["pyosys", "share/ecp5/cells_sim.v"]]}  # fmt: skip
    found = read(record | older)
    assert (found["verilog"], found["spec"]) == ("tiny.v", "spec.json")
    assert found["c_model"] == ["tiny.cpp"] and found["cell_models"] == ["ecp5"]
    assert "out" not in found


def test_fields_that_a_reader_needs(tmp_path):
    (tmp_path / "build.json").write_text('{"top": "a", "unknown": 1}')
    assert read_record(tmp_path, ("top",))["top"] == "a"
    with pytest.raises(InputError, match="field 'spec_sha' is None, expected text"):
        read_record(tmp_path, ("top", "spec_sha"))
    for text in ("[]", "{", '{"top": "a", "top": "b"}', '{"a": NaN}', "[" * 100_000):
        (tmp_path / "build.json").write_text(text)
        with pytest.raises(InputError, match=r"build\.json: "):
            read_record(tmp_path, ())


def test_random_changes_of_the_file(record, tmp_path):
    """Bytes flipped, removed, doubled; parts of the document in other places."""
    rng = random.Random(5)
    text = json.dumps(record).encode()
    path = tmp_path / "build.json"
    where = [place for place in places(record) if place]
    refused = 0
    for trial in range(1500):
        if trial % 2:
            data = bytearray(text)
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(data))
                data[at : at + rng.choice((0, 1, 1, 8))] = rng.randbytes(rng.randint(0, 2))
        else:
            value = record
            for step in rng.choice(where):
                value = value[step]
            data = json.dumps(replaced(record, rng.choice(where), value)).encode()
        path.write_bytes(data)
        try:
            found = read_record(tmp_path, ())
        except InputError as error:
            refused += 1
            assert "\n" not in str(error) and str(error).startswith(str(path))
        else:
            assert all(map(harmless, texts(found)))
    assert refused > 500


def test_cell_models_come_from_installed_packages_only(tmp_path, monkeypatch):
    """A package of that name in the current folder is not looked at."""
    model = tmp_path / "pyosys" / "share" / "ecp5" / "cells_sim.v"
    model.parent.mkdir(parents=True)
    model.write_text("module hit; endmodule\n")
    (tmp_path / "pyosys" / "__init__.py").write_text("raise RuntimeError('was imported')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["", str(tmp_path), *__import__("sys").path])
    found = cell_models.path_of("ecp5")
    assert tmp_path not in found.parents and "DP16KD" in found.read_text()
    monkeypatch.setattr("sys.path", ["", str(tmp_path)])
    with pytest.raises(InputError, match="'pyosys', which is not installed"):
        cell_models.path_of("ecp5")


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sim").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="sim: a link, not a folder"):
        work_folder(tmp_path, "sim")
    assert work_folder(tmp_path, "synth") == tmp_path / "synth" and (tmp_path / "synth").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        work_folder(tmp_path, "file")
    assert Path(tmp_path / "elsewhere").is_dir() and not [*(tmp_path / "elsewhere").iterdir()]
