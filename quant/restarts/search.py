"""``python -m quant.search`` of a decoder with restarts: one alphabet, by errors of the whole."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.errors import InputError
from model.locks import locked
from model.options import chosen
from quant import kinds
from quant.cmodel.binding import FrameCounts, Link
from quant.cmodel.tables import Tunable
from quant.cmodel.tunable import SET_TABLES, TunableModel, arguments_of
from quant.golden import Decoded
from quant.min_sum.link import Channel
from quant.restarts import cmodel
from quant.restarts.spec import RestartSpec
from quant.search import command
from quant.search.candidates import Tables, restaged
from quant.search.trial import Trial

KEPT = 0.1
"""Of all iterations of all blocks: most frames take one or two blocks."""
_BATCH = 1 << 15


class _Compiled(cmodel.RestartModel):
    """The compiled model with tables that change."""

    signatures = {**cmodel.RestartModel.signatures, **SET_TABLES}

    def _texts(self) -> dict[str, str]:
        return cmodel.sources(self.spec, Tunable())

    def set_tables(self, *arguments) -> None:
        """Those of :func:`quant.cmodel.tunable.arguments_of`."""
        self._call["set_tables"](*arguments)


class TunableRestarts:
    """What a :class:`quant.search.trial.Trial` asks of a model, of the whole decoder.

    spec : the decoder of a block, whose tables are searched
    """

    def __init__(self, whole: RestartSpec):
        self.spec = whole.decoder
        self._inner, self._compiled = TunableModel(whole.decoder), _Compiled(whole)
        self.frames, self.quantise = self._inner.frames, self._inner.quantise
        self.level_limits = self._inner.level_limits

    def set_tables(self, channel, thresholds, codebook) -> None:
        """As of :class:`quant.cmodel.tunable.TunableModel`."""
        self._inner.set_tables(channel, thresholds, codebook)
        self._compiled.set_tables(*arguments_of(channel, thresholds, codebook))

    def decode(self, codes: np.ndarray) -> Decoded:
        """Of the whole."""
        return self._compiled.decode(codes)

    def simulate(self, link: Link, seed: int, point: int, first: int, frames: int) -> FrameCounts:
        """As of :class:`quant.cmodel.CModel`."""
        parts, positions = [], self.spec.information_positions
        for at in range(first, first + frames, _BATCH):
            words, llr = self.frames(link, seed, point, at, min(_BATCH, first + frames - at))
            found = self.decode(self.quantise(llr))
            wrong = (found.bits != words)[:, positions].sum(axis=1)
            parts.append((wrong, found.decoded, found.iterations))
        return FrameCounts(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def main(argv: Sequence[str]) -> int:
    """Search, write the spec after every sweep, or every minute of annealing."""
    args = command.parser().parse_args(argv)
    command.check(args)
    for option, given in (("--density", args.density), ("--channel-table", args.channel_table),
                          ("--ties", args.ties > 1)):  # fmt: skip
        if given:
            raise InputError(f"{option}: not for a decoder with restarts")
    if args.code is not None:
        raise InputError(f"--code {args.code}: a decoder with restarts is searched from --spec")
    spec = kinds.resolve(args.spec)
    if spec.decoder.channel.values:
        raise InputError(f"{spec.name}: decoder.channel has values, which stay: none may be there")
    decoder = replace(spec.decoder, app_bits=args.app_bits or spec.decoder.app_bits)
    decoder = restaged(decoder, args.stages, 1, args.apart)
    spec = replace(spec, decoder=decoder, name=args.name or spec.name)
    with locked(args.out):
        return _run(args, argv, spec)


def _run(args, argv: Sequence[str], spec: RestartSpec) -> int:
    channel, model = chosen(args, Channel), TunableRestarts(spec)
    at, tail = command.points_db(args, model, channel)
    print(f"{spec.describe()}, {channel}, at {at:g} dB, seed {args.seed}")
    trial = Trial(model, channel, at, tail, args.frames, args.tail_frames,
                  args.hard_frames, args.threads, KEPT, spec.iterations)  # fmt: skip

    def inside(tables: Tables, provenance: dict) -> RestartSpec:
        return replace(spec, decoder=tables.inside(spec.decoder), provenance=provenance)

    found = command.followed(args, argv, trial, Tables.of(spec.decoder), spec, at, inside)
    command.tell(args, found, found.decoder, at)
    return 0
