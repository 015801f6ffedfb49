"""Several cores behind one stream pair: proven like one decoder, and what build.json promises."""

import pytest
from small_specs import small_spec

from hw.build import build
from hw.direct.options import Options as DirectOptions
from hw.qc_ldpc.options import Options
from hw.sources import spec_for
from model.errors import InputError
from quant import kinds
from sim import cosim


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three cores at full iterations, their FIFO in look-up tables: record and proof."""
    folder = tmp_path_factory.mktemp("cores")
    spec = small_spec(z=9, iterations=8, early_stop=False, partial=True)
    record = build(spec, folder, {"cores": 3, "fifo": "distributed"})
    return record, cosim.run(folder, frames=200, seed=4)


def test_cores_are_golden_with_stalls_wrong_frames_and_resets(three):
    _, result = three
    assert result.ok, result.fault
    assert (result.frames, result.mismatches, result.fault_frames) == (200, 0, 20)


def test_cores_share_the_frames(three):
    record, result = three
    assert record["frames_in_flight"] == 3 * record["options"]["slots"]
    assert record["cycles_per_frame_per_iteration"] * 8 == record["cycles_per_frame_full"]
    assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.02)


def test_streams_grow_with_the_cores():
    spec = kinds.resolve("qc_ldpc")
    one, six = (Options(cores=n).resolved(spec) for n in (1, 6))
    assert (one.llrs_per_beat, one.bits_per_beat) == (4, 8)
    # Beats of a third of Z = 54 are never split between two columns.
    assert (six.llrs_per_beat, six.bits_per_beat) == (18, 32)


@pytest.mark.slow
def test_direct_cores_are_golden(tmp_path):
    """Short frames: many of them stand in the buffers between the streams and the cores."""
    spec = spec_for("bch_31_16")
    record = build(spec, tmp_path, {"cores": 2})
    result = cosim.run(tmp_path, frames=300, seed=5)
    assert result.ok, result.fault
    assert record["frames_in_flight"] == 2 * record["options"]["stages"]


def test_an_unrolled_decoder_is_alone():
    with pytest.raises(InputError, match="cores is 2, must be 1 to 1 for form unrolled"):
        DirectOptions(form="unrolled", cores=2)


@pytest.mark.parametrize(
    ("field", "value"), [("cores", 0), ("cores", 17), ("fifo", "wood")]
)
def test_options_out_of_range(field, value):
    with pytest.raises(InputError, match=f"{field} is {value!r}"):
        Options(**{field: value})
