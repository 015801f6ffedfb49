"""The float decoder: against code by the book, schedules, sharing, gradients, parameters."""


import numpy as np
import pytest
import torch
from float_frames import noisy

from model import catalog, check_rules
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.errors import InputError
from model.inference import decode
from model.parameters import Parameters

SMALL_EXPONENTS = [[0, 1, -1, 3, 0, -1], [2, -1, 4, 1, 0, 0], [-1, 3, 0, 2, -1, 0]]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def small():
    return TannerGraph.from_exponents(SMALL_EXPONENTS, 5, "small")


@pytest.fixture(scope="module")
def irregular():
    """No block structure, check degrees 2 to 5, variables that occur twice in a layer of two."""
    rows = [[0, 1, 2], [2, 3], [1, 3, 4, 5], [0, 2, 4, 5, 6], [5, 6], [0, 3, 6]]
    checks = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    return TannerGraph.from_edges(checks, np.concatenate(rows), len(rows), 7, "irregular")


# -- whole decoder against straightforward code --------------------------------------------------


def by_the_book(graph, llr, iterations, layers, alpha, beta, gamma=0.0):
    """Plain loops in float64; alpha, beta (iterations, n_edges)."""
    edges = [np.flatnonzero(graph.check_of_edge == c) for c in range(graph.n_checks)]
    variable = graph.variable_of_edge
    app = llr.astype(np.float64).copy()
    r = np.zeros(graph.n_edges)
    outputs = []
    for it in range(iterations):
        for layer in layers:
            snapshot, change = app.copy(), np.zeros_like(app)
            for check in layer:
                e = edges[check]
                v = snapshot[variable[e]] - r[e]
                for j, edge in enumerate(e):
                    others = np.delete(v, j)
                    sign = np.prod(np.where(others < 0, -1, 1))
                    size = alpha[it, edge] * max(np.abs(others).min() - beta[it, edge], 0)
                    new = gamma * r[edge] + (1 - gamma) * sign * size
                    change[variable[edge]] += new - r[edge]
                    r[edge] = new
            app += change
        outputs.append(app.copy())
    return np.stack(outputs)


@pytest.mark.parametrize("gamma", [None, 0.3])
@pytest.mark.parametrize("schedule", ["flooding", "layered", "explicit"])
@pytest.mark.parametrize("name", ["small", "irregular"])
def test_decoder_by_the_book(request, name, schedule, gamma):
    graph = request.getfixturevalue(name)
    checks = list(range(graph.n_checks))
    # Checks 0 and 1 (and 2 and 3) of the irregular graph share variables.
    explicit = [checks[i : i + 2] for i in range(0, len(checks), 2)]
    size = 1 if graph.block is None else graph.block.lifting_size
    layers = {
        "flooding": [checks],
        "layered": [checks[i : i + size] for i in range(0, len(checks), size)],
        "explicit": explicit,
    }[schedule]
    decoder = UnfoldedDecoder(
        graph, 4, schedule="layered" if schedule == "explicit" else schedule, sharing="edge",
        relaxation=gamma, layers=explicit if schedule == "explicit" else None,
    ).double()  # fmt: skip
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        decoder.alpha.uniform_(0.5, 1.2, generator=generator)
        decoder.beta.uniform_(0.0, 0.4, generator=generator)
    alpha, beta = decoder.alpha.detach().numpy(), decoder.beta.detach().numpy()
    llr = 2 * np.random.default_rng(4).standard_normal((3, graph.n_variables))
    soft = decoder(torch.from_numpy(llr)).detach().numpy()
    assert soft.shape == (4, 3, graph.n_variables)
    for frame in range(3):
        expected = by_the_book(graph, llr[frame], 4, layers, alpha, beta, gamma or 0.0)
        np.testing.assert_allclose(soft[:, frame], expected, atol=1e-6)


# -- an independent decoder ----------------------------------------------------------------------


# -- sharing, tying, relaxation, channel weights -------------------------------------------------


@pytest.mark.parametrize(
    ("sharing", "slots"),
    [("edge", 65), ("block_edge", 13), ("layer", 3), ("one", 1), ("degree", None)],
)
def test_sharing_counts_and_equal_outputs(small, sharing, slots):
    decoder = UnfoldedDecoder(small, 3, sharing=sharing, alpha=0.8, beta=0.1)
    if slots is None:
        slots = len(
            set(
                zip(
                    small.check_degrees[small.check_of_edge],
                    small.variable_degrees[small.variable_of_edge],
                    strict=True,
                )
            )
        )
    assert decoder.alpha.shape == decoder.beta.shape == (3, slots)
    _, llr = noisy(small)
    reference = UnfoldedDecoder(small, 3, sharing="one", alpha=0.8, beta=0.1)
    torch.testing.assert_close(decoder(llr), reference(llr))


def test_tied_equals_untied_with_equal_values(small):
    _, llr = noisy(small)
    tied = UnfoldedDecoder(small, 4, sharing="block_edge", tied=True)
    untied = UnfoldedDecoder(small, 4, sharing="block_edge")
    values = torch.linspace(0.5, 1.0, 13)
    with torch.no_grad():
        tied.alpha.copy_(values)
        untied.alpha.copy_(values)
    torch.testing.assert_close(tied(llr), untied(llr))
    (tied(llr) ** 2).sum().backward()
    (untied(llr) ** 2).sum().backward()
    torch.testing.assert_close(tied.alpha.grad[0], untied.alpha.grad.sum(dim=0))


def test_channel_weights_scale_the_channel(small):
    _, llr = noisy(small)
    weighted = UnfoldedDecoder(small, 2, rule="min-sum", channel_weights="column")
    with torch.no_grad():
        weighted.channel_weight.fill_(0.5)
    plain = UnfoldedDecoder(small, 2, rule="min-sum")
    torch.testing.assert_close(weighted(llr), plain(0.5 * llr))


@pytest.mark.parametrize("schedule", ["flooding", "layered"])
def test_every_parameter_gets_the_right_gradient(irregular, schedule):
    decoder = UnfoldedDecoder(
        irregular, 2, schedule=schedule, sharing="edge", alpha=0.9, beta=0.05,
        relaxation=0.2, channel_weights="variable",
    ).double()  # fmt: skip
    llr = torch.from_numpy(np.random.default_rng(5).standard_normal((2, 7)) * 3)
    names = [name for name, _ in decoder.named_parameters()]
    assert names == ["alpha", "beta", "relaxation_logit", "channel_weight"]

    def output(*values):
        return torch.func.functional_call(decoder, dict(zip(names, values, strict=True)), (llr,))

    values = tuple(p.detach().clone().requires_grad_() for p in decoder.parameters())
    assert torch.autograd.gradcheck(output, values)


# -- symmetry, inference, transmitted bits -------------------------------------------------------


@pytest.mark.parametrize("rule", check_rules.RULES)
@pytest.mark.parametrize("schedule", ["flooding", "layered"])
def test_random_codewords_behave_as_the_zero_word(small, rule, schedule):
    codewords, llr = noisy(small, frames=16)
    decoder = UnfoldedDecoder(small, 4, rule, schedule)
    flip = torch.from_numpy(1.0 - 2.0 * codewords).float()
    random, zero = decoder(llr), decoder(llr * flip)
    torch.testing.assert_close(random * flip, zero, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["wifi_648_r34", "nr5g_bg2_z8", "bch_63_45"])
def test_decode_equals_forward(name):
    graph = catalog.get(name)
    codewords, llr = noisy(graph, frames=40, ebn0_db=3.0)
    decoder = UnfoldedDecoder(graph, 6, alpha=0.75)
    hard = (decoder(llr) < 0).to(torch.uint8)
    parity = (hard.numpy().astype(int) @ graph.parity_check_matrix().T.toarray()) % 2
    holds = ~parity.any(axis=2)
    plain = decode(decoder, llr, early_stop=False, chunk=16)
    assert torch.equal(plain.bits, hard[-1])
    assert (plain.decoded.numpy() == holds[-1]).all()
    assert (plain.iterations == 6).all()
    stopped = decode(decoder, llr, chunk=16)
    first = np.where(holds.any(axis=0), holds.argmax(axis=0), 5)
    assert 0 < holds.any(axis=0).sum()
    assert (stopped.iterations.numpy() == first + 1).all()
    assert (stopped.decoded.numpy() == holds.any(axis=0)).all()
    assert torch.equal(stopped.bits, hard[first, torch.arange(40)])


def test_punctured_start_at_zero_and_shortened_are_known():
    graph = catalog.get("nr5g_bg2_z8_k60")
    assert graph.punctured.any() and graph.shortened.any()
    decoder = UnfoldedDecoder(graph, 8, alpha=0.8)
    codewords, llr = noisy(graph, frames=20, ebn0_db=6.0)
    start = decoder.channel_values(llr).numpy()
    assert (start[graph.punctured] == 0).all()
    assert (start[graph.shortened] == check_rules.KNOWN_LLR).all()
    np.testing.assert_array_equal(start[graph.transmitted], llr.t().numpy())
    assert (decode(decoder, llr).bits.numpy() == codewords).all()


def test_default_code_lands_on_the_reference_error_rate():
    """AFF3CT: 4.7e-2 at 2.8 dB for layered normalised min-sum (0.75), 10 iterations."""
    from model.evaluate import measure

    graph = catalog.get("qc_ldpc")
    point = measure({"nms": UnfoldedDecoder(graph, 10, alpha=0.75)}, 2.8, 3000, seed=1)["nms"]
    assert point.fer == pytest.approx(4.7e-2, abs=4 * point.fer_deviation)


@pytest.mark.parametrize("schedule", ["flooding", "layered"])
def test_weighted_sum_product_scales_the_exact_message(irregular, schedule):
    """With all weights 1 it is belief propagation; a weight of 0 silences its edge."""
    _, llr = noisy(irregular)
    options = {"iterations": 3, "schedule": schedule, "sharing": "edge"}
    exact = UnfoldedDecoder(irregular, rule="sum-product", **options)
    weighted = UnfoldedDecoder(irregular, rule="weighted-sum-product", **options)
    torch.testing.assert_close(weighted(llr), exact(llr), rtol=0, atol=0)
    with torch.no_grad():
        weighted.alpha.zero_()
    channel = weighted.channel_values(llr).t()
    torch.testing.assert_close(weighted(llr), channel.expand(3, -1, -1), rtol=0, atol=0)


def test_weighted_sum_product_survives_export(small):
    decoder = UnfoldedDecoder(small, 2, rule="weighted-sum-product", sharing="layer")
    with torch.no_grad():
        decoder.alpha.copy_(torch.rand(decoder.alpha.shape))
    _, llr = noisy(small)
    again = UnfoldedDecoder.from_parameters(decoder.export())
    torch.testing.assert_close(again(llr), decoder(llr), rtol=0, atol=0)


@pytest.mark.parametrize("gamma", [0.5, 0.75, 0.875, 1 - 2.0**-7])
def test_frozen_gamma_is_exact(small, gamma):
    decoder = UnfoldedDecoder(small, 2, relaxation=gamma, frozen=("gamma",))
    assert decoder.export().gamma == decoder.gamma() == gamma
    assert not decoder.relaxation_logit.requires_grad
    assert UnfoldedDecoder.from_parameters(decoder.export()).gamma() == gamma


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rule": "max-sum"}, "max-sum"),
        ({"frozen": ("delta",)}, "'delta' cannot be frozen"),
        ({"schedule": "zigzag"}, "zigzag"),
        ({"sharing": "row"}, "row"),
        ({"sharing": "block_edge"}, "irregular has no block structure"),
        ({"iterations": 0}, "0"),
        ({"relaxation": 1.0}, "1.0"),
        ({"alpha": -1.0}, "alpha must be a number of at least 0, not -1.0"),
        ({"beta": float("nan")}, "beta .* not nan"),
        ({"channel_weights": "edge"}, "edge"),
        ({"layers": [[0, 1], [1, 2]]}, "each of the 6 checks once"),
        ({"layers": [[0]], "schedule": "flooding"}, "flooding"),
    ],
)
def test_bad_options_are_named(irregular, options, text):
    with pytest.raises(InputError, match=text):
        UnfoldedDecoder(irregular, **{"iterations": 2, **options})


def test_wrong_llr_shape_is_named(small):
    with pytest.raises(InputError, match=r"\(2, 29\).*\(batch, 30\)"):
        UnfoldedDecoder(small, 2)(torch.zeros(2, 29))


def test_round_trip_through_parameters(small):
    decoder = UnfoldedDecoder(
        small, 3, schedule="flooding", sharing="degree", relaxation=0.25, channel_weights="column"
    )
    with torch.no_grad():
        decoder.alpha.uniform_(0.5, 1)
        decoder.beta.uniform_(0, 0.3)
        decoder.channel_weight.uniform_(0.8, 1.2)
    _, llr = noisy(small)
    again = UnfoldedDecoder.from_parameters(decoder.export())
    torch.testing.assert_close(again(llr), decoder(llr))
    constant = UnfoldedDecoder.from_parameters(Parameters.constant(small, 3, 0.75, 0.1))
    plain = UnfoldedDecoder(small, 3, alpha=0.75, beta=0.1)
    torch.testing.assert_close(constant(llr), plain(llr))
