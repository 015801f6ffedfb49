"""The host of a board: against a board in Python, and against the Verilog of a whole board."""

import json
import os
import re
import subprocess
from dataclasses import replace

import driver_builds
import numpy as np
import pytest
from fake_board import FakeBoard

from hw.board.boards import named
from hw.board.packets import Kind
from hw.board.ports import DesignPorts
from model.errors import InputError
from quant import golden
from quant.min_sum.link import Channel
from sim import buildfolder, units
from sim.board import __main__ as command
from sim.board import session, simulated, traffic
from sim.board.counting import Enough, Point, count, on_record
from sim.board.link import Link
from sim.board.session import Session
from sim.stimulus.frames import Contexts, Stimulus

WIRING = named("ulx3s").wiring()
FRAMES = 60


def stimulus_of(rng, count: int = FRAMES, contexts: int = 0) -> Stimulus:
    """Frames that all differ, of 3 beats of 2 bytes; results of 2 beats of a byte."""
    inputs = [np.array([[n & 255, n >> 8], *rng.integers(0, 256, (2, 2))], np.uint8)
              for n in range(count)]  # fmt: skip
    outputs = [rng.integers(0, 256, (2, 1), dtype=np.uint8) for _ in range(count)]
    made = Stimulus(inputs, outputs, [int(s) for s in rng.integers(0, 8, count)], {"said": (0, 3)})
    if not contexts:
        return made
    starts = [count * n // contexts for n in range(contexts)]
    frames = [np.full((2, 1), n, np.uint8) for n in range(contexts)]
    found = [{n: outputs[n] ^ np.uint8(c) for n in range(count)} for c in range(contexts)]
    fields = made.status_fields | {"context": (3, 2)}
    return replace(made, outputs=[], status_fields=fields,
                   contexts=Contexts("s_axis_h", frames, starts, found, "", ""))  # fmt: skip


def ports_of(tag: int | None = None, contexts: bool = False) -> DesignPorts:
    return DesignPorts(
        top="design", frame_bytes=2, context_bytes=int(contexts), result_bytes=1, frame_beats=3,
        context_beats=2 * contexts, result_beats=2, user_bits=16, result_bits=8, tag=tag,
        inputs={}, outputs={"frame_dropped": 1}, spec_sha="ab" * 32, verilog_sha="cd" * 32,
    )  # fmt: skip


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(session, "_PROBE_SECONDS", 0.005)
    monkeypatch.setattr(session, "_ASK_SECONDS", 0.05)


def exchanged(stimulus: Stimulus, ports: DesignPorts, loses, held: int = 0) -> Session:
    """Every frame comes back once and right; the session."""
    board = FakeBoard(ports, stimulus, loses, held)
    host = Session(Link(board, "memory"), ports, patience=1.0)
    right = traffic.Traffic(stimulus)
    results = [*host.exchange(stimulus)]
    assert sorted(result.frame for result in results) == [*range(len(stimulus.inputs))]
    assert [right.difference(result) for result in results] == [None] * len(results)
    return host


@pytest.mark.parametrize("where", ["in", "out"])
@pytest.mark.parametrize("tag, held", [(None, 0), (8, 0), (8, 7)])
def test_lost_frames_are_sent_again(where, tag, held, impatient):
    rng = np.random.default_rng(1)
    host = exchanged(
        stimulus_of(rng), ports_of(tag),
        lambda kind, n: where if kind == Kind.FRAME and n % 7 == 4 else "", held,
    )  # fmt: skip
    assert host.losses.resent >= FRAMES // 7


def test_lost_requests_are_sent_again(impatient):
    first = {Kind.IDENTIFY: "in", Kind.RESET: "out", Kind.COUNTERS: "in"}
    host = exchanged(
        stimulus_of(np.random.default_rng(2)), ports_of(),
        lambda kind, n: first.get(kind, "") if n == 1 else "in" * (kind == Kind.FRAME and n == 60),
    )  # fmt: skip
    assert (host.losses.resent, host.losses.asked_again) == (1, 2)


@pytest.mark.parametrize("where", ["", "in", "out"])
def test_contexts_survive_their_loss(where, impatient):
    """More contexts than the status can count; a lost one begins anew from a reset."""
    exchanged(
        stimulus_of(np.random.default_rng(3), contexts=6), ports_of(contexts=True),
        lambda kind, n: where if kind == Kind.CONTEXT and n in (2, 5) else
        "out" if kind == Kind.FRAME and n % 11 == 0 else "",
    )  # fmt: skip


def test_another_spec_or_program_is_refused():
    stimulus, ports = stimulus_of(np.random.default_rng(4)), ports_of()
    for change, message in (
        ({"spec_sha": "12" * 32}, "the board holds spec abababababab, the build folder 12"),
        ({"verilog_sha": "34" * 32}, "the board holds Verilog cdcdcdcdcdcd, the build folder"),
        ({"result_beats": 3}, "memory: the board's bridge is another than this program's"),
    ):
        with pytest.raises(InputError, match=message):
            Session(Link(FakeBoard(ports, stimulus), "memory"), replace(ports, **change))


def test_a_silent_board_is_one_line(impatient):
    ports, stimulus = ports_of(), stimulus_of(np.random.default_rng(5))
    with pytest.raises(InputError, match="^memory: no answer from a board$"):
        Session(Link(FakeBoard(ports, stimulus, lambda kind, n: "in"), "memory"), ports, 0.05)
    silent = FakeBoard(ports, stimulus, lambda kind, n: "in" * (kind == Kind.FRAME or n > 1))
    host = Session(Link(silent, "memory"), ports, 0.05)
    with pytest.raises(InputError, match="^memory: no answer from the board for 0.05 s$"):
        [*host.exchange(stimulus)]


def test_differences_are_counted_and_named():
    stimulus, ports = stimulus_of(np.random.default_rng(6)), ports_of()
    host = Session(Link(FakeBoard(ports, stimulus), "memory"), ports)
    wrong = replace(stimulus, outputs=[*stimulus.outputs], status=[*stimulus.status])
    wrong.outputs[9] = wrong.outputs[9] ^ np.array([[0], [1]], np.uint8)
    wrong.status[3] ^= 4
    point = Point(None)
    for _ in count(host, point, lambda first, size: traffic.Traffic(wrong), Enough(FRAMES, 1)):
        pass
    assert (point.frames, point.differences) == (FRAMES, 2)
    assert re.match(r"frame 3: said is \d, expected \d", point.first_difference)
    assert point.to_json()["board"]["frames"] == FRAMES


def test_a_rate_between_points_on_record():
    class Curve:
        points = [replace_point(2.0, 1e-1), replace_point(3.0, 1e-3), replace_point(4.0, 0.0)]

    assert on_record(Curve, 2.5) == pytest.approx(1e-2)
    assert on_record(Curve, 3.0) == pytest.approx(1e-3)
    assert on_record(Curve, 3.5) is None and on_record(None, 2.5) is None


def replace_point(point_db: float, rate: float):
    return type("Point", (), {"point_db": point_db, "rate": rate})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return driver_builds.write("direct", tmp_path_factory.mktemp("board") / "direct")


def run(folder, capsys, *words: str) -> tuple[int, dict, str]:
    code = command.main(["--build", str(folder), "--simulated", "--json", *words])
    *lines, last = capsys.readouterr().out.splitlines()
    return code, json.loads(last), "\n".join(lines)


def test_the_whole_board_end_to_end(folder, tmp_path, capsys):
    """The Verilog of the board, its pins at a pseudo-terminal, the host as for any board."""
    picture = tmp_path / "board.png"
    code, found, shown = run(folder, capsys, "--ebn0", "3", "--frames", "100", "--errors", "1000",
                             "--plot", str(picture))  # fmt: skip
    (point,) = found["points"]
    assert code == 0 and point["frames"] == 100 and point["differences"] == 0
    assert found["resent"] == found["bad_packets"] == found["strays"] == 0
    assert point["board"]["results"] == 100 and point["board"]["bad_packets"] == 0
    build = buildfolder.read(folder)
    words, llr = units.measured(build.spec.to_json()).frames(Channel(), 3.0, 1, 0, 100)
    decoded = golden.decode(build.spec, golden.quantise_llr(build.spec, llr))
    wrong = (decoded.bits != words)[:, build.spec.information_positions].any(axis=1).sum()
    assert point["frame_errors"] == point["model_frame_errors"] == wrong > 0
    assert "100 frames: 0 differ from the models" in shown and picture.stat().st_size > 1000


def test_wrong_bits_on_the_line(folder, capsys):
    """Damaged packets are dropped and counted on both sides; every frame is right in the end."""
    code, found, shown = run(folder, capsys, "--ebn0", "3", "--frames", "100", "--errors", "1000",
                             "--wrong-bits", "1e-3")  # fmt: skip
    (point,) = found["points"]
    assert code == 0 and point["frames"] == 100 and point["differences"] == 0
    assert found["resent"] > 3 and found["bad_packets"] > 3
    assert point["board"]["bad_packets"] > 3 and point["board"]["dropped_frames"] == 0


def test_a_board_of_another_spec_and_one_that_is_unplugged(folder, monkeypatch):
    build = buildfolder.read(folder)
    ports, started = DesignPorts.of_record(build.record), []
    frames = traffic.make(build, Channel(), 3.0, 1, 0, 100)

    def popen(*words, **options):
        started.append(subprocess.Popen(*words, **options))
        return started[-1]

    monkeypatch.setattr(simulated, "_popen", popen)
    with simulated.simulated(build, WIRING, frames=100) as name:
        link = Link.open(name, 1_000_000)
        with pytest.raises(InputError, match="the board holds spec .*, the build folder 0000"):
            Session(link, replace(ports, spec_sha="00" * 32), 20)
        host, results = Session(link, ports, 20), 0
        with pytest.raises(InputError, match=f"^--port {name}: the board is gone: "):
            for _ in host.exchange(frames.stimulus):
                results += 1
                started[0].kill()
                started[0].wait()
        assert 1 <= results < 100
        link.close()


def test_options_that_make_no_sense(folder, tmp_path):
    build = ["--build", str(folder)]
    for words, message in (
        (["--ebn0", "2"], "one of --port and --simulated"),
        (["--ebn0", "2", "--simulated", "--port", "x"], "one of --port and --simulated"),
        (["--simulated"], "--ebn0 is needed"),
        (["--simulated", "--snr", "2"], "--snr: not an option of this family"),
        (["--simulated", "--ebn0", "2", "--frames", "0"], "--frames 0"),
        (["--simulated", "--ebn0", "2", "--wrong-bits", "2"], "--wrong-bits 2"),
        (["--simulated", "--ebn0", "2", "--bit-cycles", "3"], "--bit-cycles 3"),
        (["--simulated", "--ebn0", "2", "--plot", "x.txt"], "x.txt"),
        (["--ebn0", "2", "--port", str(tmp_path / "none")], f"--port {tmp_path / 'none'}: No such"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            command.main([*build, *words])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tagged", "precoder", "layered"])
def test_every_kind_of_stream(name, tmp_path, capsys):
    """Out of order; a second input stream; a block-serial decoder: on a bad line, too."""
    folder = driver_builds.write(name, tmp_path / name)
    at = [] if name == "precoder" else ["--ebn0", "2"]
    for wrong in ("0", "3e-4"):
        code, found, _ = run(folder, capsys, *at, "--frames", "300", "--errors", "1000",
                             "--wrong-bits", wrong)  # fmt: skip
        assert code == 0 and found["points"][0]["frames"] == 300
        assert (found["resent"] > 0) == (wrong != "0")


@pytest.mark.slow
def test_soft_output(tmp_path, capsys):
    """A byte for each information bit; its sign is what is counted."""
    from small_specs import small_spec

    from hw.build import build

    options = {"slots": 2, "decisions": "soft", "output": "information"}
    build(small_spec(z=3, iterations=2), tmp_path / "s", options)
    code, found, _ = run(tmp_path / "s", capsys, "--ebn0", "3", "--frames", "100")
    assert code == 0 and found["points"][0]["frame_errors"] > 10


@pytest.mark.slow
def test_ports_that_are_written(tmp_path, capsys):
    """A precoder whose coefficients come over the line."""
    from small_precoders import small_precoder

    from hw.build import build

    build(small_precoder(antennas=4, users=2, iterations=1), tmp_path / "p", {"writable": True})
    code, found, _ = run(tmp_path / "p", capsys, "--frames", "200")
    assert code == 0 and found["points"][0]["frames"] == 200


def test_no_file_is_left_open(folder):
    """A model that cannot be started leaves nothing behind."""
    build, before = buildfolder.read(folder), len(os.listdir("/proc/self/fd"))
    with pytest.raises(InputError, match="--wrong-bits 0.7"):
        with simulated.simulated(build, WIRING, wrong_bits=0.7, frames=100):
            pass
    assert len(os.listdir("/proc/self/fd")) == before
