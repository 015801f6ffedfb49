"""The published JSON Schema: it is that of the loader, and an independent validator agrees."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
from small_detectors import small_detector
from small_precoders import small_precoder
from small_specs import flooding_spec, small_spec, uneven_channel

from model.errors import InputError
from quant import kinds, schema

PUBLISHED = Path(__file__).resolve().parent.parent / "docs" / "spec.schema.json"
SPECS = {
    "layered": lambda: small_spec(3, channel=uneven_channel()),
    "flooding": lambda: flooding_spec(z=3),
    "precoder": small_precoder,
    "detector": small_detector,
}


def validator() -> jsonschema.Draft7Validator:
    content = json.loads(PUBLISHED.read_text())
    jsonschema.Draft7Validator.check_schema(content)
    return jsonschema.Draft7Validator(content)


def test_the_published_one_is_today_s():
    assert PUBLISHED.read_text() == schema.published(), "python -m quant.schema writes it"


@pytest.mark.parametrize(
    "name", ["qc_ldpc_small", "bch_63_45", "mimo_precoder_32x4", "mimo_detector"]
)
def test_shipped_specs_are_valid(name):
    validator().validate(json.loads(kinds.presets()[name].read_text()))


def broken(record: dict):
    """The record with one value after another of another type, or left out, or one more."""
    wrong = {int: "x", float: "x", str: 7, bool: 7, list: "x", dict: [], type(None): "x"}

    def places(value, path):
        if isinstance(value, dict):
            for key in value:
                if not path and key in ("provenance", "sha256", "schema", "kind"):
                    continue
                yield (*path, key)
                yield from places(value[key], (*path, key))
        elif isinstance(value, list) and value:
            yield (*path, 0)
            yield from places(value[0], (*path, 0))

    for path in places(record, ()):
        for remove in (False, True):
            changed = copy.deepcopy(record)
            inner = changed
            for part in path[:-1]:
                inner = inner[part]
            if remove and not isinstance(inner, dict):
                continue
            if remove:
                del inner[path[-1]]
            else:
                inner[path[-1]] = wrong[type(inner[path[-1]])]
            yield path, changed


@pytest.mark.parametrize("name", SPECS)
def test_what_it_refuses_the_loader_refuses_in_one_line(name):
    check, record = validator(), json.loads(SPECS[name]().to_json())
    check.validate(record)
    refused = 0
    for path, changed in broken(record):
        if check.is_valid(changed):
            continue
        refused += 1
        with pytest.raises(InputError) as caught:
            kinds.from_record(changed, "s.json")
        assert str(caught.value).startswith("s.json: ") and "\n" not in str(caught.value), path
    assert refused > 15
