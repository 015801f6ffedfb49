"""Speed beside other decoders: what is measured, and what is said of it."""

import json
import sys

import numpy as np
import pytest

from model import catalog
from model.errors import InputError
from quant.fit import default_spec
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from sim.min_sum import peer_decoders, peers


@pytest.fixture(scope="module")
def spec():
    return default_spec(catalog.get("wifi_648_r12"))


@pytest.mark.parametrize("package", peer_decoders.OF_PACKAGES)
def test_a_peer_decodes_what_it_is_given(spec, package):
    words, llr = DecoderMonteCarlo(spec).frames(Channel(), 4.0, 1, 0, 8)[:2]
    found = peer_decoders.OF_PACKAGES[package](spec).prepare(llr)()
    assert found.shape == words.shape and (found == words).all()


def test_ours_decodes_at_each_width(spec):
    words, llr = DecoderMonteCarlo(spec).frames(Channel(), 4.0, 1, 0, 64)[:2]
    for size in (16, 32, 64):
        ours = peer_decoders.Ours(spec, size, "ours")
        if size <= ours.model.vector_bytes:
            assert (ours.prepare(llr)() == words).all()
    ours.model.use_vector_bytes(0)


def test_all_take_turns():
    order = []
    works = [lambda: order.append(0), lambda: order.append(1), lambda: order.append(2)]
    taken, busy = peers.in_turns(works, 2)
    assert order == [0, 1, 2, 0, 1, 2, 2, 1, 0]  # the first round is for the caches
    assert np.shape(taken) == (3, 2) and busy > 0


def test_the_command_measures_and_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(peers, "ERRORS_FRAMES", dict.fromkeys(peers.ERRORS_FRAMES, 64))
    monkeypatch.setattr(peer_decoders.Ours, "frames", 64)
    monkeypatch.setattr(peer_decoders.Sionna, "frames", 4)
    monkeypatch.setattr(peers, "pinned", lambda: None)  # the test workers are not to be moved
    monkeypatch.setattr(peers, "BUSY", 0.0)
    monkeypatch.setitem(sys.modules, "ldpc", None)
    words = ["--code", "wifi_648_r12", "--ebn0", "2", "--rounds", "1", "--json"]
    assert peers.main(words) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    record = json.loads(last)
    assert record["missing"] == ["ldpc"] and record["errors"]["sionna-no-rt"][1] == 64
    assert set(record["frames_per_s"]) == set(record["errors"]) and record["machine"]
    assert min(record["ratios"].values()) == 1.0
    assert "ldpc: not installed, left out (pip install ldpc)" in lines
    assert lines[-1].startswith("the machine was busy: ")


@pytest.mark.parametrize(
    "words", [["--rounds", "0"], ["--rounds", "1001"], ["--ebn0", "nan"], ["--ebn0", "101"]]
)
def test_numbers_out_of_range(words):
    with pytest.raises(InputError, match=f"^{words[0]}"):
        peers.main(["--code", "wifi_648_r12", *words])
