"""Lists of retries from short texts, and the command that writes them into a spec."""

import pytest
from small_specs import flooding_spec, small_spec, uneven_channel

from model.errors import InputError
from quant import kinds, retry_command
from quant.cmodel.tunable import TunableModel
from quant.retries import Retry
from quant.retry_lists import drawn_maps, scaled_values, with_retries

SPEC = small_spec(
    6, maps="edge", app_bits=9, channel=uneven_channel(1, 3, 5, 7, 9, 11, 15, 21), iterations=4
)


def test_texts_become_tries():
    texts = ["9", "5:reversed", "5:order=3,0,1,2", "7:values=1,1,3,5,7,9,11,13:maps", "6:scale=0.7"]
    found = with_retries(SPEC, texts, iterations=6, seed=2)
    assert found.iterations == 6 and found.maps.index[4:] == SPEC.maps.index[3:] * 2
    row = drawn_maps(SPEC, 5, 2)[3]
    assert found.retries == (
        Retry(9),
        Retry(5, SPEC.layer_order[::-1]),
        Retry(5, (3, 0, 1, 2)),
        Retry(7, channel_values=(1, 1, 3, 5, 7, 9, 11, 13), map_index=(row,)),
        Retry(6, channel_values=(1, 3, 3, 5, 7, 7, 11, 15)),
    )


def test_values_stay_odd_where_they_are():
    assert scaled_values(SPEC, 0.5) == (1, 1, 3, 3, 5, 5, 7, 11)
    uniform = small_spec(3, rise="mid_tread")
    assert scaled_values(uniform, 0.5) == (1, 1, 1, 2, 2, 3, 3, 4)


def test_classes_of_edges_have_one_map():
    rows = drawn_maps(SPEC, 30, 5)
    kinds_of = list(zip(*SPEC.maps.index, strict=True))
    classes = set(zip(kinds_of, zip(*rows, strict=True), strict=True))
    large = sum(kinds_of.count(kind) > 8 for kind in set(kinds_of))
    assert len(classes) <= len(set(kinds_of)) + 3 * large
    largest = [max(levels) for levels in SPEC.maps.codebook]
    for edge, found in enumerate(zip(*rows, strict=True)):
        own = max(largest[row[edge]] for row in SPEC.maps.index)
        assert max(largest[entry] for entry in found) == own
    assert rows == drawn_maps(SPEC, 30, 5) != drawn_maps(SPEC, 30, 6)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x", "retry 'x': 'x' is no number"),
        ("3:order=0,y", "retry '3:order=0,y': 'y' is no number"),
        ("3:faster", "retry '3:faster': 'faster' is unknown, known: order=ROW,.."),
        ("3:scale=0", "scale is 0, must be more than 0 and at most 4"),
        ("200", "retries[0].iterations is 200, must be a whole number from 1 to 127"),
    ],
)
def test_texts_that_say_nothing(text, reason):
    with pytest.raises(InputError) as caught:
        with_retries(SPEC, [text])
    assert reason in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["qc_ldpc", "qc_ldpc_small"])
def test_the_command_writes_what_is_shipped(name, tmp_path, capsys):
    shipped = kinds.resolve(f"{name}_retry")
    command = shipped.provenance["retries"]["command"].split()
    out = tmp_path / "again.json"
    assert command[:3] == ["python", "-m", "quant.retry_command"]
    assert retry_command.main([*command[3:], "--out", str(out)]) == 0
    assert kinds.load(out).sha == shipped.sha and shipped.sha in capsys.readouterr().out
    assert kinds.load(out).provenance["retries"] == shipped.provenance["retries"]
    assert shipped.provenance["retries"]["from"] == kinds.resolve(name).sha


def test_what_has_no_retries(tmp_path):
    out = ["--retry", "3", "--out", str(tmp_path / "spec.json")]
    with pytest.raises(InputError, match="only layered decoders have retries, it is c2po_prec"):
        retry_command.main(["--spec", "mimo_precoder_32x4", *out])
    with pytest.raises(InputError, match="retries: kind is 'tanner_flooding', only layered"):
        with_retries(flooding_spec(z=3), ["3"])
    with pytest.raises(InputError, match="qc_ldpc_retry: has 3 retries already"):
        retry_command.main(["--spec", "qc_ldpc_retry", *out])
    with pytest.raises(InputError, match="--iterations 0: at least 1 is due"):
        retry_command.main(["--spec", "qc_ldpc", "--iterations", "0", *out])
    assert not (tmp_path / "spec.json").exists()


def test_a_search_leaves_retries_out():
    with pytest.raises(InputError, match="tiny: has 1 retries, whose numbers would stay behind"):
        TunableModel(with_retries(SPEC, ["3"]))
