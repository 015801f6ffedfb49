"""Specs of every kind are read by one function, and name themselves."""

import datetime
import json

import pytest
from small_specs import small_spec

from model import catalog, families
from model.errors import InputError
from model.version import VERSION
from quant import kinds, measured, sources
from quant.document import SCHEMA
from quant.fit import default_spec


@pytest.mark.parametrize("name", kinds.presets())
def test_every_shipped_spec_is_read_by_its_kind(name):
    spec = kinds.resolve(name)
    assert spec.kind in families.kinds() and spec == kinds.load(kinds.presets()[name])
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
    path.write_text(json.dumps({"schema": SCHEMA, "kind": kind}))
    with pytest.raises(InputError, match="s.json: kind .* is unknown, known: qc_ldpc"):
        kinds.load(path)


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 100_000, '{"schema": 1}'])
def test_broken_files_are_named(tmp_path, text):
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(InputError, match="s.json: ") as caught:
        kinds.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["wifi_1944_r56", "nr5g_bg1_z24", "nr5g_bg2_z16", "ccsds_128_64_layered"],
)
def test_presets_of_other_codes_are_the_default_of_3_bits_untouched(name):
    shipped = kinds.load(kinds.presets()[name])
    graph = catalog.get(shipped.code.name)
    assert shipped == default_spec(graph, schedule="layered", name=name)


def test_what_was_measured_is_kept_where_it_was_measured(tmp_path):
    path = small_spec(3).save(tmp_path / "s.json")
    figures = {"loss_db": 0.1234, "target": 0.01, "reference": "sum-product"}
    measured.keep(str(path), kinds.load(path), "loss", figures, "quant.loss", ["--ebn0", "2"])
    kept = kinds.load(path)
    made = {"command": "python -m quant.loss --ebn0 2", "version": VERSION}
    made["date"] = datetime.date.today().isoformat()
    assert kept.provenance["loss"] == {**made, **figures}
    assert measured.summary(kept) == ", loses 0.123 dB to float sum-product at FER 0.01"
    assert measured.summary(small_spec(3)) == ""
