"""``python -m quant.search`` of a set: one alphabet by the frame errors of all its codes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model import catalog, cli
from model.code_set.names import parts_of
from model.errors import InputError
from model.locks import locked
from model.options import chosen
from quant import kinds
from quant.cmodel.tunable import TunableModel
from quant.code_set.default import default_member, name_of
from quant.code_set.spec import CodeSetSpec
from quant.min_sum.link import Channel
from quant.search import command
from quant.search.candidates import Tables, restaged
from quant.search.trial import Trial, Wrong
from quant.spec import Spec


class Limits:
    """What a search asks of the model that it tries tables with, of all members together.

    spec : the first member, whose maps say which entries iterations and columns use
    """

    def __init__(self, models: Sequence[TunableModel]):
        self.models, self.spec = models, models[0].spec

    def level_limits(self, channel) -> list[int]:
        """Of each entry the largest level that every member takes."""
        limits = [model.level_limits(channel) for model in self.models]
        return np.min(limits, axis=0).tolist()


class SetTrial:
    """A :class:`quant.search.trial.Trial` of each member, their frames side by side.

    Tables are those of the first member; the channel step of another one keeps its ratio to the
    first one's. Each member has its own Eb/N0 and an equal part of the frames, so that all weigh
    the same.
    """

    titles = Trial.titles

    def __init__(self, trials: Sequence[Trial]):
        self.trials = trials
        self.model = Limits([trial.model for trial in trials])
        steps = [trial.model.spec.channel.lsb_llr for trial in trials]
        self.ratios = [step / steps[0] for step in steps]

    def begin(self, tables: Tables, seed: int) -> tuple[Wrong, int, int]:
        """As of one trial, sums of all."""
        found = [
            trial.begin(each, seed)
            for trial, each in zip(self.trials, self.of_members(tables), strict=True)
        ]
        wrong, hard, failed = zip(*found, strict=True)
        return _joined(wrong), sum(hard), sum(failed)

    def of(self, tables: Tables) -> Wrong:
        """What ``tables`` decode wrongly, of all members."""
        both = zip(self.trials, self.of_members(tables), strict=True)
        return _joined([trial.of(each) for trial, each in both])

    def of_members(self, tables: Tables) -> list[Tables]:
        """The tables of each member."""
        return [
            replace(tables, channel=replace(tables.channel, lsb_llr=tables.channel.lsb_llr * ratio))
            for ratio in self.ratios
        ]


def main(argv: Sequence[str]) -> int:
    """Search, write the spec after every sweep, or every minute of annealing."""
    args = command.parser().parse_args(argv)
    command.check(args)
    if args.apart is not None:
        raise InputError(f"--apart {args.apart}: codes of a set differ in which columns they have")
    if args.density:
        raise InputError("--density: for one code, not for a set")
    spec = _start(args)
    tables = Tables.of(spec.members[0])
    with locked(args.out):
        return _run(args, argv, spec, tables)


def _run(args, argv: Sequence[str], spec: CodeSetSpec, start: Tables) -> int:
    channel, count = chosen(args, Channel), len(spec.members)
    trials, points = [], []
    print(f"{spec.describe()}, {channel}, seed {args.seed}")
    for member in spec.members:
        model = TunableModel(member)
        at, tail = command.points_db(args, model, channel)
        points.append(at)
        trials.append(Trial(model, channel, at, tail, max(1, args.frames // count),
                            max(1, args.tail_frames // count), args.hard_frames,
                            args.threads))  # fmt: skip
        print(f"{member.code.name}: at {at:g} dB, hard frames of {tail:g} dB")
    trial = SetTrial(trials)

    def inside(tables: Tables, provenance: dict) -> CodeSetSpec:
        members = tuple(
            each.inside(member)
            for each, member in zip(trial.of_members(tables), spec.members, strict=True)
        )
        return replace(spec, members=members, provenance=provenance)

    found = command.followed(args, argv, trial, start, spec, points[0], inside)
    first = found.members[0]
    print(f"{args.out}: thresholds {list(first.thresholds)}")
    for member in found.members:
        print(f"{member.code.name}: lsb {member.channel.lsb_llr:g} LLR")
    print("\n".join(command.about(Tables.of(first))))
    if args.json:
        cli.print_json({"out": str(args.out), "spec_sha": found.sha,
                                **found.provenance["search"]})  # fmt: skip
    return 0


def _joined(parts: Sequence[Wrong]) -> Wrong:
    return Wrong(
        np.concatenate([part.waterfall for part in parts]),
        np.concatenate([part.hard for part in parts]),
    )


def _start(args) -> CodeSetSpec:
    """The set that the search starts from."""
    if args.spec is not None:
        spec = kinds.resolve(args.spec)
        members = spec.members
    else:
        graphs = [catalog.resolve(part) for part in parts_of(args.code) or (args.code,)]
        punctured = any(graph.punctured.any() for graph in graphs)
        members = tuple(
            default_member(graph, punctured, args.message_bits, iterations=args.iterations,
                           max_maps=16)
            for graph in graphs
        )  # fmt: skip
        spec = CodeSetSpec(name_of([member.code.name for member in members]), members)
    members = tuple(_changed(member, args) for member in members)
    return replace(spec, members=members, name=args.name or spec.name)


def _changed(member: Spec, args) -> Spec:
    """A member as the options ask for it."""
    if args.app_bits is not None:
        member = replace(member, app_bits=args.app_bits)
    if args.channel_table and not member.channel.values:
        member = replace(member, channel=member.channel.with_table())
    return restaged(member, args.stages, args.ties)
