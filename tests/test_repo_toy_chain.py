"""A wrapper of two specs that another package brings: hash, file, golden, C model, error rates."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_precoders import small_precoder
from small_specs import flooding_spec, small_spec, uneven_channel
from test_sim_fer import InlineEngine

from hw import build as hw_build
from model import catalog, families
from model.errors import InputError
from quant import golden as decoders
from quant import kinds
from quant.cmodel import __main__ as cmodel
from quant.comparison import compared
from quant.fit import default_spec
from quant.sources import spec_for
from quant.spec import Channel, Relaxation
from sim import cosim, engines, equality, fer

TOY = Path(__file__).parent / "toy"
POINTS = "--frames 800 --json".split()


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.syspath_prepend(TOY)
    families.families.cache_clear()
    monkeypatch.setattr(engines, "make", lambda name, workers, address: InlineEngine())
    yield
    families.families.cache_clear()


def chain(first, second, **changes):
    from toy_chain.spec import ChainSpec

    return ChainSpec(**{"name": "both", "first": first, "second": second} | changes)


def small_chain(**changes):
    """Both schedules, both value widths, punctured and shortened bits."""
    common = dict(z=6, partial=True)
    first = flooding_spec(**common, iterations=2)
    second = small_spec(**common, relaxation=Relaxation(2, 3), message_bits=5)
    return chain(first, second, **changes)


def bch_chain():
    graph = catalog.get("bch_31_16")
    first = default_spec(graph, iterations=2, schedule="flooding", message_bits=3)
    return chain(first, default_spec(graph, iterations=5, schedule="flooding", message_bits=5))


def test_the_hash_covers_content_at_any_depth():
    spec = small_chain()
    first, second = spec.first, spec.second
    alike = (
        small_chain(name="other", provenance={"note": "x"}),
        chain(first.renamed("a"), second.renamed("b").with_provenance({"note": "y"})),
        chain(first, replace(second, code=replace(second.code, name="called_otherwise"))),
    )
    assert {other.sha for other in alike} == {spec.sha}
    others = (
        chain(replace(first, iterations=1, maps=replace(first.maps, index=first.maps.index[:1])),
              second),
        chain(first, replace(second, thresholds=tuple(t + 1 for t in second.thresholds))),
        chain(first, replace(second, channel=replace(second.channel, lsb_llr=1.0))),
        chain(second, second),
    )  # fmt: skip
    assert len({spec.sha, *(other.sha for other in others)}) == 5


def test_its_file_is_read_as_it_was_written(tmp_path):
    spec = small_chain(provenance={"note": "x"})
    again = kinds.load(spec.save(tmp_path / "chain.json"))
    assert again == spec and again.sha == spec.sha and again.provenance == {"note": "x"}
    assert again.first == spec.first and again.second.sha == spec.second.sha
    record = json.loads(spec.to_json())
    assert record["first"]["sha256"] == spec.first.sha
    record["second"]["iterations"] = 4
    with pytest.raises(InputError, match="chain.json: second: "):
        kinds.from_record(record, "chain.json")


def refusals():
    small, partial = small_spec(3), small_spec(6, partial=True)
    table, shifted = (small_spec(3, channel=c) for c in (
        uneven_channel(), Channel(4, 0.9, "mid_rise", 1)
    ))  # fmt: skip
    long = small_spec(3, iterations=64)
    uniform = "second.channel must be uniform, without values and with app_shift 0"
    return {
        "another length": (small, small_spec(4), "first has 27 of 27 bits .*, second 36 of 36"),
        "punctured": (partial, small_spec(6), "first has 42 of 54 bits .*, second 54 of 54"),
        "a table": (small, table, uniform),
        "finer APP": (small, shifted, uniform),
        "too long": (long, long, "iterations of first and second are 64 and 64, .* at most 127"),
        "a precoder": (small_precoder(), small, "first is of kind 'c2po_precoder', must be a"),
    }


@pytest.mark.parametrize("case", refusals())
def test_what_does_not_fit_is_refused_in_one_line(case):
    first, second, message = refusals()[case]
    with pytest.raises(InputError, match=message) as caught:
        chain(first, second)
    assert str(caught.value).isprintable()


def test_golden_is_two_decoders_by_hand():
    """A table and a finer APP grid are the first one's own affair."""
    from toy_chain.golden import golden

    spec = chain(small_spec(3, channel=uneven_channel()), small_spec(3, rise="mid_tread"))
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 8, (80, spec.n)) - (rng.random((80, spec.n)) < 0.15) * 8
    state = decoders.start(spec.first, codes)
    decoders.iterate(spec.first, state, 99)
    middle = decoders.finish(spec.first, state)
    limit = spec.second.channel.maximum_code
    due = decoders.decode(spec.second, np.clip(middle.soft, -limit, limit))
    found = golden(spec, codes)
    assert (found.bits == due.bits).all() and (found.decoded == due.decoded).all()
    assert (found.iterations == middle.iterations + due.iterations).all()
    assert np.abs(middle.soft).max() > limit


@pytest.mark.parametrize("make", [small_chain, bch_chain])
def test_the_c_model_equals_golden(make, tmp_path, capsys):
    path = str(make().save(tmp_path / "both.json"))
    assert equality.main(["--specs", path, *POINTS, "--workers", "1"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["frames"] == 800 and record["different"] == 0
    rates = record["specs"][0]["error_rates"]
    assert rates[0] > rates[-1] and rates[0] > 0.2


def test_more_frames_than_a_block_and_any_code():
    from toy_chain.cmodel import ChainModel
    from toy_chain.golden import golden

    spec = small_chain()
    model = ChainModel(spec)
    codes = np.random.default_rng(5).integers(-128, 128, (1030, spec.n)).astype(np.int8)
    assert not model.decode(codes).differs(golden(spec, codes)).any()


def test_a_difference_is_counted(monkeypatch, tmp_path):
    from toy_chain import quant

    right = quant.golden

    def wrong(spec, codes):
        found = right(spec, codes)
        found.iterations[0] += 1
        return found

    monkeypatch.setattr(quant, "golden", wrong)
    assert compared(quant.ChainComparer(bch_chain()), 40).different == 4


def test_its_program_is_one_file_that_a_c_program_calls(tmp_path, capsys):
    spec = small_chain()
    path = spec.save(tmp_path / "s.json")
    assert cmodel.main(["--spec", str(path), "--out", str(tmp_path)]) == 0
    assert "both_cmodel.cpp" in capsys.readouterr().out
    (tmp_path / "main.c").write_text("""
#include <stdio.h>
#include "both_cmodel.h"
int main(void) { printf("%s %d", both_spec_sha(), both_n()); return 0; }
""")
    for command in (
        ["g++", "-std=c++17", "-O0", "-DCM_PORTABLE", "-Wall", "-Wextra", "-Werror", "-Wno-psabi",
         "-c", "both_cmodel.cpp"],
        ["gcc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "main.c"],
        ["g++", "main.o", "both_cmodel.o", "-o", "main"],
    ):  # fmt: skip
        subprocess.run(command, cwd=tmp_path, check=True)
    run = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [spec.sha, str(spec.n)]


def test_it_has_an_error_rate_curve(tmp_path, capsys):
    options = ["--code", "chain", "--snr", "1,4", "--min-frame-errors", "20", "--json"]
    assert fer.main([*options, "--out", str(tmp_path / "r.json")]) == 0
    low, high = json.loads(capsys.readouterr().out.splitlines()[-1])["points"]
    assert low["fer"] > 2 * high["fer"] > 0


SLOW = pytest.mark.slow
CHAINS = {
    "punctured bits, then relaxed layers": small_chain,
    "direct then layered": lambda: spec_for("chain"),
    "direct then direct": bch_chain,
}


@pytest.mark.parametrize(
    "case", [next(iter(CHAINS)), *(pytest.param(case, marks=SLOW) for case in list(CHAINS)[1:])]
)
def test_its_verilog_equals_golden(case, tmp_path):
    """With back-pressure, frames of wrong length and resets."""
    spec = CHAINS[case]()
    record = hw_build.build(spec, tmp_path)
    assert record["user_fields"]["dropped"] == [8, 4]
    result = cosim.run(tmp_path, frames=500)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches, result.fault_frames) == (500, 0, 20)
    assert 0 < result.summary["decoded"] < 500


def test_a_first_decoder_without_sums_has_no_hardware(tmp_path):
    spec = spec_for("chain")
    with pytest.raises(InputError, match="chain: first must be a flooding decoder"):
        hw_build.build(replace(spec, first=spec.second), tmp_path)
    assert not list(tmp_path.iterdir())
