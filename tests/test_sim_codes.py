"""Real codes at real size: Verilog equals golden. The long runs are `make test-slow`."""

from pathlib import Path

import pytest

from hw import sources
from hw.build import build
from sim import cosim

ARRAY_CODE = str(Path(__file__).parent / "data" / "array_z31.qc")


def prove(code: str, frames: int, folder: Path) -> cosim.CosimResult:
    build(sources.spec_for(code), folder)
    result = cosim.run(folder, frames=frames)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (frames, 0)
    return result


def test_default_short(tmp_path):
    result = prove("qc_ldpc", 40, tmp_path / "build")
    assert result.summary["decoded"] > 0 and result.summary["failed"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "frames"),
    [
        ("qc_ldpc", 1000),
        ("wifi_648_r12", 200),
        ("nr5g_bg2_z16", 200),
        ("nr5g_bg1_z8_n400_k150", 200),
        ("ccsds_128_64", 200),
        (ARRAY_CODE, 200),
    ],
    ids=lambda value: Path(str(value)).stem,
)
def test_long(code, frames, tmp_path):
    prove(code, frames, tmp_path / "build")
