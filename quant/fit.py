"""Parameters to spec: ``python -m quant.fit``, :func:`fit` and :func:`default_spec`.

Weights and offsets are folded into magnitude maps: the level of cell ``i`` in iteration ``t`` on
block edge ``e`` is ``round(alpha[t,e] * max(magnitude[i] - beta[t,e], 0))`` in APP LSB, clipped to
the APP range and nondecreasing in ``i``. Equal or near maps then share an entry of a small
codebook. No torch here: this is on the path of ``hw.build``.
"""

import re
import sys
from collections.abc import Sequence

import numpy as np

from model import cli
from model.code import TannerGraph
from model.errors import InputError
from model.parameters import Parameters
from quant import codebook, fold
from quant.alphabet import Alphabet
from quant.alphabet_tables import UNTRAINED_ALPHA, default_alphabet
from quant.code_section import CodeSection, from_graph
from quant.qformat import bits_for_magnitude, symmetric_maximum
from quant.row_offsets import default_order
from quant.spec import SCHEDULES, Channel, Maps, Spec
from quant.validate import MAX_APP_BITS, MAX_ITERATIONS, MAX_MAPS, largest_sums

# By schedule: a layered decoder selects maps at run time, a direct one has them in its wires.
DEFAULT_MAPS = {"layered": (4, "iteration"), "flooding": (MAX_MAPS, "block_edge")}
DEFAULT_ITERATIONS = 10


def fit(
    parameters: Parameters,
    alphabet: Alphabet | None = None,
    *,
    message_bits: int = 3,
    iterations: int | None = None,
    max_maps: int | None = None,
    map_by: str | None = None,
    schedule: str | None = None,
    frac_bits: int | None = None,
    relaxation_shift: int | None = None,
    early_stop: bool = True,
    small_rotator: bool = False,
    entries: np.ndarray | None = None,
    name: str | None = None,
    provenance: dict | None = None,
) -> Spec:
    """The integer decoder that stands for ``parameters``.

    Parameters
    ----------
    parameters : weights and offsets of the normalised-offset min-sum, with their graph
    alphabet : thresholds and representative magnitudes; default: the shipped one of
        ``message_bits`` with its channel step scaled for the code's rate
    iterations : default those of the parameters; fewer drop the last, more repeat the last
    max_maps : largest codebook, 1..16; default 4 for a layered spec, 16 with flooding
    map_by : what may have a map of its own: ``"iteration"`` (default of a layered spec),
        ``"layer"``, ``"column_degree"`` (per iteration, the latter columns with equally many
        edges), ``"block_edge"`` (per iteration; default with flooding),
        ``"tied_block_edge"`` (the same in all iterations) or ``"one"``; what shares a map uses the
        mean parameters
    schedule : ``"layered"`` or ``"flooding"``; default the one that the parameters were trained
        with, layered if they do not say
    frac_bits : fraction bits of relaxed messages, default min(k, 3) for gamma = 1 - 2^-k
    relaxation_shift : k in place of the one that the parameters' gamma gives; 0: not relaxed
    small_rotator : whether layers may be in another order than the code's block rows where these
        rotate too far for the small rotator (:func:`quant.row_offsets.default_order`)
    entries : codebook that the maps are chosen from, (entries, levels); by default that which suits
        these parameters (:func:`map_tables` are those of several decoders with one codebook)
    name : top-level name of the hardware, default from the code's name
    provenance : kept in the spec, decides no bit

    Raises
    ------
    InputError : naming the first value that no spec can hold
    """
    graph = parameters.graph
    rule = parameters.metadata.get("rule", "normalised-offset")
    if rule in ("sum-product", "weighted-sum-product"):
        raise InputError(f"parameters of rule {rule!r}: a spec holds min-sum with maps")
    schedule = schedule or parameters.metadata.get("schedule", "layered")
    if schedule not in SCHEDULES:
        raise InputError(f"schedule is {schedule!r}, must be one of {', '.join(SCHEDULES)}")
    most, by = DEFAULT_MAPS[schedule]
    max_maps, map_by = most if max_maps is None else max_maps, map_by or by
    if alphabet is None:
        punctured = bool(graph.punctured.any())
        alphabet = default_alphabet(message_bits, punctured).for_rate(graph.rate)
    flooding = schedule == "flooding"
    if flooding:  # the maps of ties were searched for layers, and cost a direct decoder gates
        alphabet = alphabet.without_ties()
    if not 1 <= max_maps <= MAX_MAPS:
        raise InputError(f"max-maps is {max_maps}, must be 1..{MAX_MAPS}")
    section, kept = from_graph(graph)
    order = default_order(section) if small_rotator else tuple(range(len(section.rows)))
    rounds = _rounds(parameters.iterations, iterations)
    alpha, beta = _by_edge(parameters, section, kept, rounds, map_by)
    if entries is None:
        book, index, error = _shared(alpha, beta, alphabet, max_maps)
    else:
        book = entries
        index, error = _chosen(fold.tables(alpha, beta, alphabet), entries)
    if not book.any():
        raise InputError("every level rounds to 0: weights too small or offsets too large")
    relaxation = fold.relaxation_of(parameters.gamma, frac_bits, relaxation_shift)
    if relaxation is None and frac_bits is not None:
        raise InputError(f"frac-bits is {frac_bits}, but the messages are not relaxed")
    record = {
        **(provenance or {}),
        "map_by": map_by,
        "map_squared_error": round(error, 4),
    }
    channel = Channel(
        alphabet.channel_bits,
        float(alphabet.lsb_llr / fold.channel_scale(parameters)),
        alphabet.rise,
        alphabet.app_shift,
        **alphabet.channel_table,
    )
    maps = Maps(tuple(map(tuple, book.tolist())), tuple(map(tuple, index.tolist())))
    return Spec(
        name=name or verilog_name(graph.name),
        code=section,
        channel=channel,
        app_bits=_sum_bits(section, channel, maps, alphabet) if flooding else alphabet.app_bits,
        message_bits=alphabet.message_bits,
        thresholds=tuple(alphabet.thresholds),
        maps=maps,
        iterations=len(rounds),
        early_stop=early_stop,
        layer_order=() if flooding else order,
        relaxation=relaxation,
        provenance=record,
        kind=SCHEDULES[schedule],
    )


def map_tables(
    parameters: Parameters, alphabet: Alphabet, iterations: int | None = None,
    map_by: str = DEFAULT_MAPS["layered"][1],
) -> np.ndarray:
    """Real-valued maps (iterations * block edges, levels) that :func:`fit` finds a codebook for."""
    section, kept = from_graph(parameters.graph)
    rounds = _rounds(parameters.iterations, iterations)
    tables = fold.tables(*_by_edge(parameters, section, kept, rounds, map_by), alphabet)
    return tables.reshape(-1, tables.shape[-1])


def _by_edge(
    parameters: Parameters, section: CodeSection, kept: np.ndarray, rounds: np.ndarray, map_by: str
) -> tuple[np.ndarray, np.ndarray]:
    """Alpha and beta (iterations, block edges), the mean in place of what shares a map."""
    row_of_edge = np.repeat(np.arange(len(section.rows)), [len(row) for row in section.rows])
    column_of_edge = np.array(section.edge_columns)
    alpha, beta = (
        fold.averaged(values[rounds], row_of_edge, column_of_edge, map_by)
        for values in fold.per_block_edge(parameters, kept)
    )
    return alpha, beta


def _chosen(tables: np.ndarray, entries: np.ndarray) -> tuple[np.ndarray, float]:
    """Index (iterations, block edges) of the nearest entry of each table, and the mean error."""
    flat = tables.reshape(-1, tables.shape[-1])
    index = codebook.nearest(flat, entries)
    return index.reshape(tables.shape[:-1]), codebook.cost(flat, entries, index)


def _shared(
    alpha: np.ndarray, beta: np.ndarray, alphabet: Alphabet, max_maps: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Codebook, index (iterations, block edges) and mean squared error of the maps."""
    largest, cells = symmetric_maximum(alphabet.app_bits), len(alphabet.thresholds) + 1
    limits = max_maps, largest, cells, alphabet.level_step
    if alpha.strides[1] == beta.strides[1] == 0:  # one number for all edges of an iteration
        flat = fold.tables(alpha[:, :1], beta[:, :1], alphabet)[:, 0]
        if codebook.fits(flat, *limits):
            book, index = codebook.share(flat, *limits)
            error = codebook.cost(flat, book, index)
            return book, np.broadcast_to(index[:, None], alpha.shape), error
    tables = fold.tables(alpha, beta, alphabet)
    flat = tables.reshape(-1, tables.shape[-1])
    book, index = codebook.share(flat, *limits)
    return book, index.reshape(alpha.shape), codebook.cost(flat, book, index)


def _sum_bits(section, channel: Channel, maps: Maps, alphabet: Alphabet) -> int:
    """Width of the widest sum, and of the thresholds that sums are compared with."""
    largest = max(*largest_sums(section, channel, maps), *alphabet.thresholds)
    bits = max(3, bits_for_magnitude(largest))
    if bits > MAX_APP_BITS:
        raise InputError(
            f"the largest sum of a variable is {largest}, more than {MAX_APP_BITS} bits hold: "
            "fewer or smaller levels are due"
        )
    return bits


def default_spec(
    graph: TannerGraph,
    message_bits: int = 3,
    iterations: int = DEFAULT_ITERATIONS,
    alphabet: Alphabet | None = None,
    alpha: float = UNTRAINED_ALPHA,
    **options,
) -> Spec:
    """The untrained decoder of any code: normalised min-sum with ``alpha`` everywhere.

    No weight was trained for an order of the layers, so that it may be one that rotates less.

    options : as in :func:`fit`
    """
    if not 1 <= iterations <= MAX_ITERATIONS:
        raise InputError(f"iterations is {iterations}, must be 1..{MAX_ITERATIONS}")
    parameters = Parameters.constant(graph, iterations, alpha)
    options.setdefault("provenance", {"parameters": f"untrained, alpha {alpha:g}"})
    options.setdefault("small_rotator", True)
    return fit(parameters, alphabet, message_bits=message_bits, **options)


def verilog_name(text: str) -> str:
    """``text`` as a Verilog identifier."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return name if re.match(r"[A-Za-z_]", name) else f"code_{name}"


def _rounds(trained: int, asked: int | None) -> np.ndarray:
    count = trained if asked is None else asked
    if not 1 <= count <= MAX_ITERATIONS:
        raise InputError(f"iterations is {count}, must be 1..{MAX_ITERATIONS}")
    return np.minimum(np.arange(count), trained - 1)


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the command line to the fit of the family that it names."""
    from quant.sources import hand_over

    return hand_over("fit", sys.argv[1:] if argv is None else list(argv))


if __name__ == "__main__":
    cli.run(main)
