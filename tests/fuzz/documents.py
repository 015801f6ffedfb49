"""Specs, results, failures and build.json, with hashes made anew after each change."""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
from small_detectors import given, small_detector
from small_precoders import small_precoder
from small_specs import flooding_spec, small_spec, uneven_channel

from hw.build import build
from hw.record import BuildRecord
from quant import golden, kinds
from quant.cmodel import emit
from quant.document import content_of, content_sha
from quant.mimo_detector import golden as detector_golden
from quant.mimo_detector.spec import DetectorSpec
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from quant.precoder import golden as precoder_golden
from quant.precoder.spec import PrecoderSpec
from quant.spec import Relaxation, Spec
from sim import buildfolder, failures, results
from sim.failures import Failures
from sim.results import Results
from sim.tally import Tally

from . import json_mutations
from .target import Target, independent_rank, one_line, row_numbers

_WORK = 3_000_000  # edges times iterations up to which frames are decoded


def targets() -> list[Target]:
    """All kinds of documents."""
    specs = [
        small_spec(7), small_spec(5, partial=True, maps="edge"), small_spec(8, rise="mid_tread"),
        small_spec(6, ties=True, channel=uneven_channel()), flooding_spec(z=4),
        small_spec(1, iterations=3, early_stop=False, relaxation=Relaxation(2, 2)),
        flooding_spec(z=1, message_bits=4),
    ]  # fmt: skip
    texts = [spec.to_json() for spec in specs]
    shipped = [kinds.presets()[name].read_text() for name in ("ccsds_128_64", "bch_63_45")]
    precoders = [
        small_precoder(), small_precoder(4, 2, 3, "qpsk"), small_precoder(8, 1, 1, "64qam")
    ]  # fmt: skip
    precoder = [spec.to_json() for spec in precoders]
    detectors = [
        small_detector().to_json(),
        small_detector(4, 6, "qpsk", "zero", "whitened", rounds=2).to_json(),
        kinds.presets()["mimo_detector_32x8"].read_text(),
    ]
    precoder.append(kinds.presets()["mimo_precoder_32x4"].read_text())
    return [
        _target("spec", [*texts, *shipped], _spec_hash, use_spec),
        _target("precoder_spec", precoder, _spec_hash, use_precoder),
        _target("detector_spec", detectors, _spec_hash, use_detector),
        _target("results", [_results(specs[0]), _results(specs[4])], _sealed_hash, _use_results),
        _target("failures", [_failures(specs[0]), _failures(specs[4])], _sealed_hash,
                _use_failures),
        _build_target([specs[4], precoders[0]]),
    ]  # fmt: skip


def _target(
    name: str, seeds: Sequence[str], sealed: Callable[[dict], None], use: Callable
) -> Target:
    records = [json.loads(seed) for seed in seeds]

    def mutate(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
        record = json.loads(data)
        if "code" in record and rng.random() < 0.03:
            _lift(rng, record["code"])
            changed = rng.random() < 0.3
        else:
            changed = True
        if changed:
            record = json_mutations.mutate(rng, record, records)
        if rng.random() < 0.9:
            try:
                sealed(record)
            except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
                pass  # too broken to have a hash
        return json_mutations.text_of(rng, record).encode("utf-8", "surrogatepass")

    return Target(name, [seed.encode() for seed in seeds], mutate, use)


def _lift(rng: Random, code: dict) -> None:
    """The same blocks at another Z, up to the largest; k as of independent checks."""
    z = rng.choice((1, 2, 3, 64, 384, 1024, 4096, 10_000, 30_000, 65_535, 65_536))
    old, code["lifting_size"] = code["lifting_size"], z
    code["transmitted_lanes"] = [z * lanes // old for lanes in code["transmitted_lanes"]]
    code["rows"] = [[[column, rng.randrange(z)] for column, _ in row] for row in code["rows"]]
    code["information_bits"] = max(1, (code["columns"] - len(code["rows"])) * z - rng.randrange(2))


# --- specs -------------------------------------------------------------------------------------


def _spec_hash(record: dict) -> None:
    record["sha256"] = content_sha(content_of(record))


def _loaded(data: bytes, folder: Path):
    path = folder / "case.json"
    path.write_bytes(data)
    spec = kinds.load(path)
    one_line(spec.describe())
    for line in (*spec.remarks(), spec.name, spec.made_for):
        one_line(line)
    again = kinds.load(spec.save(folder / "again.json"))
    assert again == spec and again.sha == spec.sha and again.provenance == spec.provenance
    return spec


def use_spec(data: bytes, folder: Path) -> None:
    """A spec that is accepted has a true k, and golden decodes with it."""
    spec = _loaded(data, folder)
    if not isinstance(spec, Spec):
        _precode(spec)
        return
    graph = spec.graph()
    if graph.n_edges < 3000:
        kept = ~graph.shortened[graph.variable_of_edge]
        rows = row_numbers(graph.check_of_edge[kept], graph.variable_of_edge[kept], graph.n_checks)
        free = graph.n_variables - int(graph.shortened.sum())
        assert spec.k == free - independent_rank(rows), "k is not that of the rank"
    assert 1 <= spec.k <= spec.n_variables and spec.n == len(spec.transmitted)
    if graph.n_edges * spec.iterations > _WORK:
        return
    rng = np.random.default_rng(1)
    lowest, highest = spec.channel.minimum_code, spec.channel.maximum_code
    codes = rng.integers(lowest, highest + 1, (1, spec.n), dtype=np.int8)
    sent = golden.quantise_llr(spec, rng.normal(2, 3, (1, spec.n)).astype(np.float32))
    assert sent.min() >= lowest and sent.max() <= highest
    plain = replace(spec, code=replace(spec.code, name="plain"))
    both = (emit.sources(spec).values(), emit.sources(plain).values())
    for text, other in zip(*both, strict=True):
        lines, others = text.splitlines(), other.replace(plain.sha, spec.sha).splitlines()
        differing = [a for a, b in zip(lines, others, strict=True) if a != b]
        assert len(differing) <= 1 and all(a.startswith("//") for a in differing), differing
    found = golden.decode(spec, np.concatenate([codes, sent]))
    assert found.bits.shape == (2, spec.n_variables) and set(np.unique(found.bits)) <= {0, 1}
    assert ((found.iterations >= 1) & (found.iterations <= spec.iterations)).all()
    odd = (graph.parity_check_matrix().astype(np.int32) @ found.bits.T.astype(np.int32) & 1).any(0)
    assert not (odd & found.decoded).any(), "decoded, but a check does not hold"


def use_precoder(data: bytes, folder: Path) -> None:
    """A precoder's spec that is accepted makes bits."""
    spec = _loaded(data, folder)
    if isinstance(spec, PrecoderSpec):
        _precode(spec)
    else:
        use_spec(data, folder)


def use_detector(data: bytes, folder: Path) -> None:
    """A detector's spec that is accepted makes symbols and LLRs."""
    spec = _loaded(data, folder)
    if not isinstance(spec, DetectorSpec):
        use_spec(data, folder)
        return
    found = detector_golden.detect(spec, *given(spec, 1, 2))
    limit = (1 << (spec.llr_bits - 1)) - 1
    assert found.llrs.shape == (1, 2, spec.users, spec.bits_per_symbol)
    assert np.abs(found.llrs).max() <= limit
    assert set(np.unique(np.abs(found.symbols))) <= {1, 3, 5, 7}


def _precode(spec: PrecoderSpec) -> None:
    rng = np.random.default_rng(1)
    h = rng.standard_normal((spec.users, spec.antennas, 2)).view(complex)[..., 0]
    values, _ = precoder_golden.quantise_channel(spec, h)
    levels = np.arange(-spec.largest_symbol, spec.largest_symbol + 1, 2)
    found = precoder_golden.precode(spec, values, rng.choice(levels, (2, spec.users, 2)))
    assert found.bits.shape == (2, spec.antennas, 2) and set(np.unique(found.bits)) <= {0, 1}
    assert all(1 <= bits <= 64 for bits in spec.accumulator_bits.values())


# --- results and failures ------------------------------------------------------------------------


def _sealed_hash(record: dict) -> None:
    if isinstance(record.get("spec"), dict):
        _spec_hash(record["spec"])
        record["spec_sha"] = record["spec"]["sha256"]
    record["sha256"] = content_sha(
        {name: value for name, value in record.items() if name not in ("sha256", "spec")}
    )


def _saved(document, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        document.save(path)
        return path.read_text()


def _results(spec: Spec) -> str:
    frames = DecoderMonteCarlo.unit_frames
    names = ("frame_errors", "bit_errors", "iterations", "undetected")
    sums = [dict(zip(names, values, strict=True))
            for values in ((3, 3 + spec.k, 3 * frames, 1), (0, 0, frames, 0))]  # fmt: skip
    points = [
        Tally(DecoderMonteCarlo, 1.0, 2, sums[0], 0.5, 0.25, [4, 9, frames + 1]),
        Tally(DecoderMonteCarlo, 2.5, 1, sums[1], 1.5, 1.25, []),
    ]
    return _saved(Results(spec.to_json(), "c", Channel("awgn", "bpsk"), 7, points), "results.json")


def _failures(spec: Spec) -> str:
    wrong = [(1.0, 4), (1.0, 9), (2.5, 0)]
    return _saved(Failures(spec.to_json(), Channel("awgn", "bpsk"), 7, wrong), "failures.json")


def _use_results(data: bytes, folder: Path) -> None:
    path, again = folder / "case.json", folder / "again.json"
    path.write_bytes(data)
    again.unlink(missing_ok=True)
    found = results.load(path)
    one_line(found.title)
    spec = kinds.from_record(json.loads(found.spec), "spec")
    assert spec.sha == found.spec_sha and isinstance(found.seed, int) and found.seed >= 0
    for tally in found.tallies:
        frames = tally.frames
        assert 0 <= tally.frame_errors <= frames and frames > 0
        if isinstance(spec, Spec):
            undetected, iterations = (tally.counts[name] for name in ("undetected", "iterations"))
            assert 0 <= undetected <= tally.frame_errors
            assert tally.frame_errors <= tally.bit_errors <= tally.frame_errors * spec.k
            assert frames <= iterations <= frames * spec.iterations
        assert tally.failures == sorted(set(tally.failures))
        assert all(0 <= frame < frames for frame in tally.failures)
        line = tally.record(found.measured.frame_bits(found.link))
        assert 0 <= line["fer_low"] <= line["fer"] <= line["fer_high"] <= 1 and line["ber"] <= 1
        assert all(np.isfinite(value) for value in line.values())
        found.measured.axis.checked(tally.point_db)
    found.save(again)
    if found.tallies:
        assert results.load(again) == found


def _use_failures(data: bytes, folder: Path) -> None:
    path, again = folder / "case.json", folder / "again.json"
    path.write_bytes(data)
    found = failures.load(path)
    for point_db, frame in found.frames[:100]:
        assert isinstance(frame, int) and 0 <= frame and np.isfinite(point_db)
        found.measured.axis.checked(point_db)
    found.save(again)
    assert failures.load(again) == found


# --- build.json ------------------------------------------------------------------------------


def _build_target(specs: Sequence) -> Target:
    """Records of two builds; each lies in a folder with the files of its own build."""
    made, files = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for number, spec in enumerate(specs):
            out = Path(folder) / str(number)
            build(spec, out)
            names = [path for path in out.iterdir() if path.suffix in (".v", ".json")]
            content = {path.name: path.read_bytes() for path in names if path.is_file()}
            made.append(content.pop("build.json"))
            files[spec.sha] = content
    records = [json.loads(text) for text in made]

    def mutate(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
        record = json_mutations.mutate(rng, json.loads(data), records)
        return json_mutations.text_of(rng, record).encode("utf-8", "surrogatepass")

    def use(data: bytes, folder: Path) -> None:
        known = [sha for sha in files if sha.encode() in data] or list(files)
        for name, content in files[known[0]].items():
            (folder / name).write_bytes(content)
        (folder / "build.json").write_bytes(data)
        found = buildfolder.read(folder)
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", found.top)
        assert found.verilog.parent == folder and found.verilog.is_file()
        if "verilog_sha" in found.record:
            assert hashlib.sha256(found.text.encode()).hexdigest() == found.record["verilog_sha"]
        assert found.spec.sha == found.spec_sha and found.spec.kind == found.record["kind"]
        for path in found.cell_models:
            assert path.is_file()
        assert BuildRecord.from_json(json.loads(json.dumps(found.record))).to_json() == found.record
        for name, value in found.record.items():
            one_line(f"{name} {value}")
        for name in ("latency_cycles", "cycles_per_frame_full", "frames_in_flight"):
            assert 0 < found.record[name] < 1e12

    return Target("build.json", made, mutate, use)
