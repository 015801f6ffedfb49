"""The rows of an adaptive table: static decoders, adaptive ones, and the same frame tried again."""

from collections.abc import Sequence

import numpy as np

from model import schedules
from model.adaptive import weights
from model.adaptive.network import WeightNetwork
from model.adaptive.parallel import ParallelDecoder
from model.adaptive.retry import RetryDecoder, Try
from model.adaptive.two_stage import TwoStageDecoder
from model.decoder import UnfoldedDecoder
from model.parameters import Parameters
from model.reproduce.adaptive_cases import Case
from model.reproduce.adaptive_training import Training
from model.reproduce.side_by_side import Made, Row, digest

LONGEST = 200
"""Iterations of the longest static decoder."""
TRIES = 5
SMALLER_CHANNEL = 0.7
PRUNED_TO = 0.25


def rows(case: Case) -> list[Row]:
    """Return the rows of a code: static and parallel ones, two-stage ones, retries."""
    count, side_by_side = case.weights, case.weights**case.depth
    long = min(LONGEST, side_by_side * case.iterations)
    found = [
        Row("static", "static, a weight an iteration", lambda w: _static(w.static)),
        Row("by_edge", "static, a weight an iteration and edge", lambda w: _static(w.by_edge)),
        Row("active", "static, trained on words near the boundary", lambda w: _static(w.active)),
        Row("longer", f"static, {count} times as many iterations",
            lambda w: _longer(w, count * case.iterations)),
        Row("longest", f"static, {long} iterations", lambda w: _longer(w, long)),
        Row("parallel", f"**{count} weights side by side**", _parallel),
        Row("sequences", f"**{side_by_side} sequences of weights side by side**", _sequences),
        Row("depth", f"**{side_by_side} sequences to depth {case.depth}**, the best goes on",
            _to_depth),
    ]  # fmt: skip
    if case.network:
        found += [
            Row("two_stage", "**two-stage**, quantile loss", lambda w: _two_stage(w)),
            Row("pruned", f"**two-stage**, pruned to {PRUNED_TO:.0%}",
                lambda w: _two_stage(w, keep=PRUNED_TO)),
            Row("end_to_end", "**two-stage**, the decoder's loss",
                lambda w: _two_stage(w, loss="decoder")),
            Row("mean", "static, the two-stage decoder's mean weights", _mean_weights),
        ]  # fmt: skip
    return [
        *found,
        Row("retry", f"{TRIES} tries: other weights, channel x {SMALLER_CHANNEL}", _retry),
        Row("layered", "layered, static", lambda w: _static(w.layered)),
        Row("layered_retry", f"layered, {TRIES} tries: order, channel x {SMALLER_CHANNEL}",
            _layered_retry),
    ]  # fmt: skip


def _static(trained: Parameters) -> Made:
    decoder = UnfoldedDecoder.from_parameters(trained)
    return Made(decoder, decoder.iterations, decoder.iterations, digest(trained.alpha))


def _longer(training: Training, iterations: int) -> Made:
    decoder, weight = training.longer(iterations)
    note = f"one weight, the best of some: {weight:g}"
    return Made(decoder, iterations, iterations, [iterations, weight], note)


def _parallel(training: Training) -> Made:
    return _side_by_side(training, training.points)


def _sequences(training: Training) -> Made:
    return _side_by_side(training, weights.sequences(training.points, training.case.depth))


def _side_by_side(training: Training, sequences: np.ndarray) -> Made:
    decoder = ParallelDecoder(training.unweighted(), sequences)
    count, iterations = sequences.shape
    first = training.points[:, 0]
    note = f"weights of the first iteration {', '.join(f'{w:.2f}' for w in first)}"
    return Made(decoder, iterations, count * iterations, digest(sequences), note)


def _to_depth(training: Training) -> Made:
    depth, iterations = training.case.depth, training.case.iterations
    sequences = weights.sequences(training.points, depth)
    decoder = ParallelDecoder(training.unweighted(), sequences, depth)
    in_all = len(sequences) * depth + iterations - depth
    return Made(decoder, iterations, in_all, [digest(sequences), depth])


def _two_stage(training: Training, **options) -> Made:
    network = _network(training, **options)
    decoder = TwoStageDecoder(training.unweighted(), network)
    iterations = training.case.iterations
    products = network.products(training.graph.n_variables)
    return Made(decoder, iterations, iterations, _numbers(network), f"{products:,} products a word")


def _mean_weights(training: Training) -> Made:
    network = _network(training)
    mean = TwoStageDecoder(training.unweighted(), network).mean_weights(training.words())
    decoder, iterations = training.with_weights(mean), training.case.iterations
    note = f"weights {', '.join(f'{w:.2f}' for w in mean)}"
    return Made(decoder, iterations, iterations, digest(mean), note)


def _network(training: Training, **options) -> WeightNetwork:
    name = "_".join(["network", *(str(value) for value in options.values())])
    return training.network(name.replace(".", "_"), **options)


def _retry(training: Training) -> Made:
    static = UnfoldedDecoder.from_parameters(training.static)
    smallest, largest = (training.with_weights(training.points[place]) for place in (1, -1))
    tries = [
        Try(static), Try(static, SMALLER_CHANNEL), Try(smallest), Try(largest),
        Try(largest, SMALLER_CHANNEL),
    ]  # fmt: skip
    return _tried(tries, [digest(training.static.alpha), digest(training.points)])


def _layered_retry(training: Training) -> Made:
    forward = UnfoldedDecoder.from_parameters(training.layered)
    checks = [
        np.unique(np.concatenate(
            [training.graph.check_of_edge[group.edges].ravel() for group in layer.groups]
        )).tolist()
        for layer in schedules.build(training.graph, "layered")
    ]  # fmt: skip
    alpha = training.layered.alpha[:, 0]
    backward, middle = (
        training.with_weights(alpha, "layered", order)
        for order in (checks[::-1], [*checks[1::2], *checks[::2]])
    )
    tries = [
        Try(forward), Try(backward), Try(forward, SMALLER_CHANNEL), Try(middle),
        Try(backward, SMALLER_CHANNEL),
    ]  # fmt: skip
    return _tried(tries, digest(training.layered.alpha))


def _tried(tries: Sequence[Try], numbers: object) -> Made:
    in_all = sum(each.decoder.iterations for each in tries)
    return Made(RetryDecoder(tries), in_all, in_all, [numbers, [each.channel for each in tries]])


def _numbers(network: WeightNetwork) -> str:
    parts = [values.numpy().ravel() for values in network.state_dict().values()]
    return digest(np.concatenate(parts))
