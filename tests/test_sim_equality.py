"""The two commands about the C model: equality with golden, and speed beside peers."""

import json

import pytest

from model.errors import InputError
from quant import golden
from sim import equality, peers


def test_no_frame_differs(capsys):
    options = "--codes ccsds_128_64 --widths 3 --frames 160 --json"
    assert equality.main(options.split()) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["different"] == 0 and record["frames"] == 160
    rates = record["specs"][0]["error_rates"]
    assert rates[0] > 0.5 > rates[-1]


@pytest.mark.slow
def test_no_frame_differs_on_any_code_and_width():
    assert equality.main(["--frames", "10000"]) == 0


def test_a_difference_is_counted(monkeypatch, capsys):
    right = golden.decode

    def wrong(spec, codes):
        found = right(spec, codes)
        found.bits[0, -1] ^= 1
        return found

    monkeypatch.setattr(golden, "decode", wrong)
    options = "--codes ccsds_128_64 --widths 3 --frames 16"
    assert equality.main(options.split()) == 1
    assert "8 different of 16 frames" in capsys.readouterr().out


def test_peers_need_a_code_that_they_know():
    with pytest.raises(InputError, match="quasi-cyclic code without puncturing"):
        peers.main(["--code", "nr5g_bg2_z16"])
