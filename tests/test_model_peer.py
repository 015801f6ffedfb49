"""The float decoder against an independent one: Sionna's."""

import numpy as np
import pytest
import torch
from float_frames import noisy

from model import catalog
from model.decoder import UnfoldedDecoder

pytestmark = pytest.mark.usefixtures("one_thread")


def peer_soft(graph, llr, rule, iterations, schedule):
    """Soft outputs of Sionna's decoder, whose LLRs are ln P(1)/P(0)."""
    ldpc = pytest.importorskip("sionna.phy.fec.ldpc")
    cn_schedule = "flooding"
    if schedule == "layered":
        cn_schedule = np.arange(graph.n_checks).reshape(-1, graph.block.lifting_size)
    peer = ldpc.LDPCBPDecoder(
        graph.parity_check_matrix().astype(np.float64), cn_update=rule, cn_schedule=cn_schedule,
        hard_out=False, num_iter=iterations, llr_max=None, precision="double", device="cpu",
    )  # fmt: skip
    return -peer(-llr)


@pytest.mark.parametrize("schedule", ["flooding", "layered"])
@pytest.mark.parametrize(
    ("peer_rule", "rule", "beta"),
    [
        ("boxplus-phi", "sum-product", 0.0),
        ("minsum", "min-sum", 0.0),
        ("minsum", "normalised-offset", 0.0),
        ("offset-minsum", "normalised-offset", 0.5),
    ],
)
def test_equals_sionna(peer_rule, rule, beta, schedule):
    graph = catalog.get("wifi_648_r12")
    _, llr = noisy(graph, frames=4, ebn0_db=1.0)
    expected = peer_soft(graph, llr.double(), peer_rule, 5, schedule)
    double = UnfoldedDecoder(graph, 5, rule, schedule, beta=beta).double()
    assert (double(llr.double())[-1] - expected).abs().max() < 1e-4


@pytest.mark.parametrize("schedule", ["flooding", "layered"])
@pytest.mark.parametrize(
    ("peer_rule", "rule"), [("boxplus-phi", "sum-product"), ("minsum", "min-sum")]
)
def test_equals_sionna_in_single_precision(peer_rule, rule, schedule):
    # Few iterations: more of them amplify float32 rounding in frames that do not converge, and
    # where they do converge, float64 cancels in the peer's phi(x) for messages above 25.
    graph = catalog.get("wifi_648_r12")
    _, llr = noisy(graph, frames=4, ebn0_db=1.5)
    expected = peer_soft(graph, llr.double(), peer_rule, 3, schedule)
    soft = UnfoldedDecoder(graph, 3, rule, schedule)(llr)
    assert soft.dtype == torch.float32
    assert (soft[-1] - expected).abs().max() < 1e-4


def test_equals_sionna_on_an_irregular_5g_code():
    graph = catalog.get("nr5g_bg2_z4")
    _, llr = noisy(graph, frames=4, ebn0_db=1.0)
    decoder = UnfoldedDecoder(graph, 6, "min-sum", "layered").double()
    channel = decoder.channel_values(llr.double()).t()
    assert (channel[:, graph.punctured.copy()] == 0).all()
    expected = peer_soft(graph, channel, "minsum", 6, "layered")
    assert (decoder(llr.double())[-1] - expected).abs().max() < 1e-4
