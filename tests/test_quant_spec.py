"""The spec file: round trip, hash, and one clear line for everything that is wrong with it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_specs import small_graph, small_spec, uneven_channel

from model import catalog
from model.errors import InputError
from quant import golden
from quant.code_section import from_graph, to_graph
from quant.document import SCHEMA
from quant.golden.channel import initial_app
from quant.spec import Channel, Maps, Relaxation, Spec, load


@pytest.mark.parametrize("features", [{}, {"partial": True}, {"relaxation": Relaxation(3, 2)}])
def test_file_round_trip(tmp_path, features):
    spec = small_spec(7, **features)
    path = spec.save(tmp_path / "spec.json")
    again = load(path)
    assert again == spec and again.sha == spec.sha
    assert path.read_text() == again.to_json()


def test_hash_covers_every_bit_but_neither_names_nor_provenance():
    spec = small_spec(7)
    assert replace(spec, provenance={"seed": 3}).sha == spec.sha
    assert spec.renamed("other").sha == spec.sha
    assert replace(spec, code=replace(spec.code, name="other")).sha == spec.sha
    assert spec.renamed("other").to_json() != spec.to_json()
    changed = [
        replace(spec, thresholds=(8, *spec.thresholds[1:])),
        replace(
            spec,
            iterations=spec.iterations - 1,
            maps=Maps(spec.maps.codebook, spec.maps.index[:-1]),
        ),
        replace(spec, early_stop=False),
        replace(spec, layer_order=spec.layer_order[::-1]),
        replace(spec, channel=replace(spec.channel, lsb_llr=0.91)),
    ]
    assert len({spec.sha, *(s.sha for s in changed)}) == len(changed) + 1


@pytest.mark.parametrize(
    "name", ["wifi_1944_r56", "nr5g_bg2_z10_n300_k90", "nr5g_bg1_z16_n640_k340", "bch_63_45"]
)
def test_code_section_keeps_the_code(name):
    graph = catalog.get(name)
    section, kept = from_graph(graph)
    again = to_graph(section)
    assert (again.transmitted == graph.transmitted).all()
    assert (again.punctured == graph.punctured).all()
    assert section.information_bits == graph.k == again.k
    if not graph.shortened.any():
        assert again.edges_sha == graph.edges_sha
        assert len(kept) == (graph.n_block_edges or graph.n_edges)


def channel_table(record: dict, **changes) -> None:
    table = {"values": list(range(1, 9)), "cuts": list(range(1, 8))}
    record["channel"].update(table | changes)


BROKEN = {
    "schema": (lambda r: r.update(schema="unfoldhw.spec/9"), "schema is 'unfoldhw.spec/9'"),
    "hash": (lambda r: r.update(app_bits=8), "sha256 is"),
    "missing": (lambda r: r.pop("channel"), "field 'channel' is missing"),
    "kind": (lambda r: r.update(kind="turbo"), "kind is 'turbo'"),
    "name": (lambda r: r.update(name="4wrong"), "'4wrong' is not a Verilog identifier"),
    "iterations": (lambda r: r.update(iterations=0), "iterations is 0"),
    "thresholds order": (lambda r: r.update(thresholds=[9, 9, 17]), "thresholds[1] is 9"),
    "thresholds count": (lambda r: r.update(thresholds=[9, 17]), "3-bit messages need 3"),
    "levels order": (lambda r: r["maps"]["codebook"][0].__setitem__(2, 0), "codebook[0][2] is 0"),
    "level too large": (
        lambda r: r["maps"]["codebook"][2].__setitem__(3, 64), "codebook[2][3] is 64, must be"
    ),
    "threshold too large": (lambda r: r.update(thresholds=[9, 17, 64]), "thresholds[2] is 64"),
    "levels count": (lambda r: r["maps"]["codebook"][1].pop(), "codebook[1] has 3 levels, 4 are"),
    "too many maps": (
        lambda r: r["maps"].update(codebook=17 * r["maps"]["codebook"][:1]), "entries is 17"
    ),
    "map number": (lambda r: r["maps"]["index"][1].__setitem__(3, 7), "index[1][3] is 7"),
    "layers": (lambda r: r.update(layer_order=[0, 1, 2, 2]), "not a permutation of 0..3"),
    "exponent": (lambda r: r["code"]["rows"][1][0].__setitem__(1, 7), "exponent is 7"),
    "channel": (lambda r: r["channel"].update(app_shift=5), "exceeds the 7-bit APP range"),
    "lanes": (lambda r: r["code"]["transmitted_lanes"].__setitem__(0, 8), "lanes[0] is 8"),
    "fill": (lambda r: r["code"]["fill"].__setitem__(0, "one"), "fill[0] is 'one'"),
    "extra": (lambda r: r["channel"].update(gain=2), "field 'channel.gain' is unknown"),
    "extra at the top": (lambda r: r.update(gain=2), "field 'gain' is unknown"),
    "missing inside": (lambda r: r["code"].pop("fill"), "field 'code.fill' is missing"),
    "no object": (lambda r: r.update(channel=3), "channel is 3, must be a JSON object"),
    "no list": (lambda r: r["maps"]["index"].__setitem__(1, 7), "maps.index[1] is 7, must be a"),
    "no pair": (lambda r: r["code"]["rows"][0].__setitem__(1, [2]), "code.rows[0][1] is [2]"),
    "no column": (
        lambda r: r["code"]["rows"][0][1].__setitem__(0, "a"), "code.rows[0][1][0] is 'a'"
    ),
    "no text": (lambda r: r.update(name=7), "name is 7, must be a text"),
    "no truth": (lambda r: r.update(early_stop="no"), "early_stop is 'no'"),
    "layer": (lambda r: r["layer_order"].__setitem__(2, "x"), "layer_order[2] is 'x'"),
    "k": (lambda r: r["code"].update(information_bits=0), "information_bits is 0"),
    "k of another rank": (
        lambda r: r["code"].update(information_bits=1), "code.information_bits is 1, the true rank"
    ),
    "k one too many": (
        lambda r: r["code"].update(information_bits=r["code"]["information_bits"] + 1),
        "the true rank of the checks leaves",
    ),
    "code name": (lambda r: r["code"].update(name="a\nb"), "code.name: 'a\\nb' holds"),
    "reserved": (lambda r: r.update(name="module"), "name 'module' is a reserved word"),
    "long name": (lambda r: r.update(name="x" * 65), "has 65 characters, at most 64"),
    "variables": (
        lambda r: r["code"].update(lifting_size=1 << 16, columns=1 << 20), "at most 1048576 are"
    ),
    "huge lsb": (lambda r: r["channel"].update(lsb_llr=10**399), "channel.lsb_llr is 1000"),
    "tiny lsb": (lambda r: r["channel"].update(lsb_llr=1e-300), "channel.lsb_llr is 1e-300"),
    "rise": (lambda r: r["channel"].update(rise=["mid_rise"]), "channel.rise is ['mid_rise']"),
    "fill no text": (lambda r: r["code"]["fill"].__setitem__(1, {}), "code.fill[1] is {}"),
    "kind no text": (lambda r: r.update(kind={}), "kind is {}"),
    "loss": (lambda r: r.update(provenance={"loss": {"loss_db": "x"}}), "loss_db is 'x'"),
    "loss alone": (lambda r: r.update(provenance={"loss": 1}), "provenance.loss is 1"),
    "cost": (lambda r: r.update(provenance={"cost": {"target": "\x1b"}}), "provenance.cost.target"),
    "lsb": (lambda r: r["channel"].update(lsb_llr=float("inf")), "lsb_llr is inf"),
    "values count": (lambda r: channel_table(r, values=[1, 3]), "values has 2 entries, 8 are"),
    "values order": (
        lambda r: channel_table(r, values=[1, 3, 5, 5, 9, 11, 13, 15]), "values are not ascending"
    ),
    "values": (lambda r: channel_table(r, values=[0] * 8), "channel.values[0] is 0"),
    "values and steps": (lambda r: channel_table(r, app_shift=1), "only for rise"),
    "values alone": (lambda r: channel_table(r, cuts=[]), "cuts has 0 entries, 7 are"),
    "cuts": (lambda r: channel_table(r, cuts=[True] * 7), "channel.cuts[0] is True"),
    "cuts order": (lambda r: channel_table(r, cuts=[1, 2, 3, 4, 5, 7, 6]), "cuts are not ascend"),
    "provenance": (lambda r: r.update(provenance=[]), "provenance is []"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_one_clear_line(tmp_path, case):
    change, message = BROKEN[case]
    record = json.loads(small_spec(7).to_json())
    change(record)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError) as error:
        load(path)
    text = str(error.value)
    assert message in text and str(path) in text and "\n" not in text


def test_text_that_is_no_json(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text('{"schema": "' + SCHEMA + '",\n  oops}')
    with pytest.raises(InputError, match=r"bad.json: not JSON at line 2 column 3"):
        load(path)
    for text in ("[" * 100_000, '{"schema": ' + "9" * 5000 + "}"):
        path.write_text(text)
        with pytest.raises(InputError, match="bad.json: not JSON: "):
            load(path)


def test_channel_conventions():
    rise, tread = Channel(4, 0.5, "mid_rise", 1), Channel(4, 0.5, "mid_tread", 1)
    assert (rise.minimum_code, rise.maximum_code) == (-8, 7)
    assert [rise.steps_of(c) for c in (-8, -1, 0, 7)] == [-15, -1, 1, 15]
    assert (tread.minimum_code, tread.maximum_code) == (-7, 7)
    assert rise.app_lsb_llr == 0.125 and tread.app_lsb_llr == 0.25


def test_channel_values_may_be_a_table(tmp_path):
    spec = small_spec(3, channel=uneven_channel())
    codes = np.array([-8, -5, -1, 0, 4, 7])
    assert spec.channel.steps_of(codes).tolist() == [-20, -10, -1, 1, 10, 20]
    assert spec.channel.steps_of(-2) == -3
    spec.save(tmp_path / "spec.json")
    assert load(tmp_path / "spec.json") == spec
    quantised = golden.quantise_llr(spec, np.array([[0.8, 0.82, -0.82, 0.0, 99, -99]]))
    assert quantised.tolist() == [[0, 1, -2, 0, 7, -8]]
    uniform = small_spec(3)
    written_out = replace(spec, channel=uniform.channel.with_table())
    llr = np.linspace(-9, 9, 3 * spec.n).reshape(3, -1)
    for found in (golden.quantise_llr, lambda s, x: initial_app(s, x.astype(np.int8))):
        assert (found(written_out, llr) == found(uniform, llr)).all()
    # A uniform channel is written as before there were tables, and keeps its hash.
    assert "values" not in small_spec(3).content()["channel"]


def test_a_spec_is_valid_or_does_not_exist():
    spec = small_spec(5)
    with pytest.raises(InputError, match="app_bits is 2"):
        Spec(**{**spec.__dict__, "app_bits": 2})
    assert small_graph(5).n_block_edges == spec.n_block_edges
