"""Specs that hold specs: a record inside another, one hash whatever they are called; migration."""

import json
from dataclasses import dataclass, field, replace

import pytest
from small_precoders import small_precoder
from small_specs import small_spec

from model.errors import InputError
from quant import document, kinds, migrate
from quant.document import Document
from quant.provenance import checked_provenance


@dataclass(frozen=True)
class Pair(Document):
    """Two specs of any kinds, and a number of its own."""

    name: str
    first: Document
    others: tuple[Document, ...]
    shift: int = field(default=0, metadata=document.OPTIONAL)
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = "pair"

    @classmethod
    def arguments(cls, record):
        return {
            "name": record["name"],
            "first": kinds.from_record(record["first"], "first"),
            "others": tuple(
                kinds.from_record(each, f"others[{i}]") for i, each in enumerate(record["others"])
            ),
            "shift": record.get("shift", 0),
            "provenance": checked_provenance(record.get("provenance", {})),
        }


def pair(name: str = "pair", note: str = "") -> Pair:
    decoder = small_spec(7).renamed(f"{name}_a").with_provenance({"note": note})
    decoder = replace(decoder, code=replace(decoder.code, name=f"code of {name}"))
    return Pair(name, decoder, (small_precoder().renamed(f"{name}_b"),), provenance={"note": note})


def test_a_spec_of_specs_is_read_back():
    spec = pair(note="how it came about")
    again = Pair.from_json(spec.to_json())
    assert again == spec and again.sha == spec.sha and again.provenance == spec.provenance
    assert again.first.provenance == spec.first.provenance
    record = json.loads(spec.to_json())
    assert record["first"] == json.loads(spec.first.to_json())
    assert "shift" not in record and replace(spec, shift=1).record()["shift"] == 1


def test_its_hash_covers_content_at_any_depth_only():
    spec = pair()
    assert pair("other", "another note").sha == spec.sha
    assert replace(spec, first=replace(spec.first, early_stop=False)).sha != spec.sha
    assert replace(spec, others=spec.others * 2).sha != spec.sha
    assert replace(spec, shift=1).sha != spec.sha


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        (("first", "app_bits"), 99, "p.json: first: app_bits is 99"),
        (("first", "sha256"), "0", "p.json: first: sha256 is '0' but the content hashes to"),
        (("first", "schema"), "unfoldhw.spec/9", "p.json: first: schema is 'unfoldhw.spec/9'"),
        (("first", "kind"), "turbo", "p.json: first: kind 'turbo' is unknown"),
        (("first",), 3, "p.json: first: schema is None"),
        (("others", 0, "users"), 0, "p.json: others[0]: users is 0"),
        (("sha256",), "0", "p.json: sha256 is '0' but the content hashes to"),
        (("fourth",), 4, "p.json: field 'fourth' is unknown"),
    ],
)
def test_a_broken_child_is_named(place, value, fault):
    record = pair().record()
    inner = record = json.loads(json.dumps(record))
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(InputError) as caught:
        Pair.from_record(record, "p.json")
    assert str(caught.value).startswith(fault)


def old_text(spec) -> str:
    """A file as schema 1 had it: names are in the hash."""
    record = spec.record()
    hashed = {k: v for k, v in record.items() if k not in ("sha256", "provenance")}
    hashed["schema"] = document.OLD_SCHEMA
    sha = document.content_sha(hashed)
    return json.dumps({**hashed, "sha256": sha, "provenance": {"note": "mine"}})


@pytest.mark.parametrize("spec", [small_spec(7), small_precoder()], ids=["decoder", "precoder"])
def test_old_files_are_rewritten_by_a_command(tmp_path, capsys, spec):
    path = tmp_path / "old.json"
    path.write_text(old_text(spec))
    with pytest.raises(InputError, match=r"unfoldhw.spec/1'.*quant.migrate rewrites"):
        kinds.load(path)
    old_sha = json.loads(path.read_text())["sha256"]
    assert migrate.main([str(path)]) == 0
    found = kinds.load(path)
    assert found == spec and found.sha == spec.sha != old_sha
    assert found.provenance == {"note": "mine", migrate.KEPT: old_sha}
    text = path.read_text()
    assert migrate.main([str(path)]) == 0 and path.read_text() == text
    assert "as it was" in capsys.readouterr().out


def test_a_broken_old_file_stays_as_it_is(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(old_text(small_spec(7)))
    bad.write_text(old_text(small_spec(7)).replace('"iterations": 5', '"iterations": 4'))
    texts = good.read_text(), bad.read_text()
    with pytest.raises(InputError, match=r"bad.json: sha256 is .* but the content hashes to"):
        migrate.main([str(good), str(bad)])
    assert (good.read_text(), bad.read_text()) == texts
