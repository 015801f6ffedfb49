"""Specs of every kind are read by one function, and name themselves."""

import json

import pytest

from hw import sources
from model.errors import InputError
from quant import kinds


@pytest.mark.parametrize("name", kinds.presets())
def test_every_shipped_spec_is_read_by_its_kind(name):
    spec = kinds.resolve(name)
    assert spec.kind in kinds.KINDS and spec == kinds.load(kinds.presets()[name])
    assert "\n" not in spec.describe() and isinstance(spec.remarks(), list)
    assert sources.spec_for(name) == spec
    assert f"{name:24} {spec.describe()}" in sources.listing()


def test_code_and_spec_must_be_of_one_kind():
    precoder = str(kinds.presets()["mimo_precoder_32x4"])
    assert sources.spec_for("mimo_precoder", precoder).antennas == 32
    with pytest.raises(InputError, match="is for code 'mimo_precoder', not 'wifi_1296_r34'"):
        sources.spec_for("qc_ldpc", precoder)
    decoder = str(kinds.presets()["qc_ldpc"])
    with pytest.raises(InputError, match="is for code 'wifi_1296_r34', not 'mimo_precoder'"):
        sources.spec_for("mimo_precoder", decoder)


@pytest.mark.parametrize("kind", ["turbo", 3, ["c2po_precoder"]])
def test_unknown_kinds_are_named(tmp_path, kind):
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"schema": "unfoldhw.spec/1", "kind": kind}))
    with pytest.raises(InputError, match="s.json: kind .* is unknown, known: qc_ldpc"):
        kinds.load(path)


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 100_000, '{"schema": 1}'])
def test_broken_files_are_named(tmp_path, text):
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(InputError, match="s.json: ") as caught:
        kinds.load(path)
    assert "\n" not in str(caught.value)
