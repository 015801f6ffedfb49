"""Real codes at real size: Verilog equals golden. The long runs are `make test-slow`."""

from pathlib import Path

import pytest

from hw.build import build
from quant import sources
from sim import cosim

ARRAY_CODE = str(Path(__file__).parent / "data" / "array_z31.qc")


def prove(code: str, frames: int, folder: Path, architecture=None, **options) -> cosim.CosimResult:
    build(sources.spec_for(code, architecture=architecture), folder, options)
    result = cosim.run(folder, frames=frames)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (frames, 0)
    return result


def test_default_short(tmp_path):
    result = prove("qc_ldpc", 40, tmp_path / "build")
    assert result.summary["decoded"] > 0 and result.summary["not_decoded"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "frames"),
    [
        ("qc_ldpc", 1000),
        ("wifi_648_r12", 200),
        ("nr5g_bg2_z16", 200),
        ("nr5g_bg1_z8_n400_k150", 200),
        (ARRAY_CODE, 200),
    ],
    ids=lambda value: Path(str(value)).stem,
)
def test_long(code, frames, tmp_path):
    prove(code, frames, tmp_path / "build")


@pytest.mark.slow
def test_long_one_lane(tmp_path):
    prove("ccsds_128_64", 200, tmp_path / "build", architecture="layered")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("bch_63_45", "iterated"),
        ("bch_63_45_relaxed_ms", "iterated"),
        ("ccsds_128_64", "iterated"),
        ("ccsds_128_64", "unrolled"),
    ],
)
def test_long_direct(code, form, tmp_path):
    prove(code, 5000, tmp_path / "build", form=form)


OPTIONS = {
    "wifi_648_r12": [
        {"output": "information"}, {"frame_end": "count"}, {"fifo": "distributed"}, {"lanes": 9},
        {"cores": 2, "order": "out-of-order"}, {"rotate_in_ram": 4}, {"target": "ecp5-25k"},
        {"slots": 1, "llrs_per_beat": 9, "bits_per_beat": 32}, {"decisions": "soft"},
        {"tkeep": True, "input_error": True}, {"registers": True},
    ],
    "ccsds_128_64": [{"form": "unrolled"}, {"cores": 2}, {"output": "information"}],
    "bch_63_45": [
        {"frame_end": "count"}, {"stages": 9}, {"llrs_per_beat": 7}, {"decisions": "soft"},
        {"tkeep": True, "input_error": True},
    ],
    "mimo_precoder_32x4": [
        {"writable": True}, {"output": "iq", "amplitude": 1000}, {"frame_end": "count"},
        {"form": "unfolded", "writable": True}, {"tkeep": True, "input_error": True},
    ],
    "wifi_648_r12,wifi_648_r56": [
        {"programs": 2, "program_columns": 26, "program_rows": 20, "program_edges": 120,
         "program_degree": 24},
    ],
    "mimo_detector_32x8": [{"passes": 2}, {"output": "symbols"}, {"matrices": "core"}],
}  # fmt: skip
"""Every build option of every family, with a spec that is shipped."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "options"), [(code, each) for code, some in OPTIONS.items() for each in some], ids=str
)
def test_options_of_shipped_specs(code, options, tmp_path):
    prove(code, 120, tmp_path / "build", **options)


def test_every_option_is_there():
    """But for --oversize, which is no choice about a design."""
    from dataclasses import fields

    from hw.options import all_engines

    named = {name for some in OPTIONS.values() for each in some for name in each}
    known = {field.name for each in all_engines().values() for field in fields(each)}
    assert known - named - {"oversize"} <= {"input_regions", "output_regions", "regions"}
