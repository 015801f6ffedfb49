"""The demo's bookkeeping, with stand-ins for the long stages; and its stored results."""

import json
import threading

import pytest

from model.errors import InputError
from model.fingerprint import fingerprint
from synth import demo
from synth.memo import remembered

REPORT = {"lut4": 3000, "comb": 5000, "ff": 4000, "ebr": 48, "routed": True, "fmax_mhz": 150.0}
REPORT |= {"coded_mbps": 215.0, "coded_mbps_per_kcomb": 43.0, "not_routed_reason": None}
FER = {"fer": 0.04, "errors": 100, "frames": 2500, "ebn0_db": 2.8, "message_bits": 3}


@pytest.fixture()
def stages(monkeypatch):
    """Replace the commands and the error rate; return the list of what ran."""
    ran = []
    mismatches = {"now": 0}

    def command(module, *arguments):
        ran.append(module)
        words = [str(word) for word in arguments]
        if module == "synth.build":
            folder = demo.Path(words[words.index("--out") + 1])
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "x.v").write_text("module x; endmodule\n")
            record = {"verilog": "x.v", "spec_sha": "5e" * 32, "iterations": 10}
            record |= {"coded_bits_per_frame": 1296, "info_bits_per_frame": 972}
            (folder / "build.json").write_text(json.dumps(record))
            return record
        if module == "sim.cosim":
            frames = int(words[words.index("--frames") + 1])
            return {"frames": frames, "mismatches": mismatches["now"]}
        return REPORT

    monkeypatch.setattr(demo, "command", command)
    monkeypatch.setattr(demo, "error_point", lambda *_, **__: ran.append("fer") or FER)
    command.ran, command.mismatches = ran, mismatches
    return command


def test_whole_path_and_table(stages, tmp_path, capsys):
    arguments = ["--out", str(tmp_path / "x"), "--frames", "7", "--json"]
    assert demo.main(arguments) == 0
    output = capsys.readouterr().out
    for text in (
        "(1296,972)",
        "4.0e-02 at 2.8 dB (100 of 2500)",
        "7 frames, 0 wrong",
        "150.0 MHz",
        "43.0",
    ):
        assert text in output
    assert json.loads(output.splitlines()[-1])["cosim"] == {"frames": 7, "mismatches": 0}
    assert sorted(stages.ran) == ["fer", "sim.cosim", "synth.build", "synth.report"]
    stages.ran.clear()
    demo.main(arguments)
    assert stages.ran == ["synth.report"]  # which keeps its own report


def test_the_proof_does_not_wait_for_a_long_route(stages, monkeypatch, tmp_path, capsys):
    proven = threading.Event()
    shown, command = demo.print_table, demo.command

    def routed_late(module, *arguments):
        if module == "synth.report":
            assert proven.wait(60)
        return command(module, *arguments)

    def show(rows, *title):
        shown(rows, *title)
        proven.set()

    monkeypatch.setattr(demo, "command", routed_late)
    monkeypatch.setattr(demo, "print_table", show)
    monkeypatch.setattr(demo, "_MOMENT_SECONDS", 0.1)
    assert demo.main(["--out", str(tmp_path / "x"), "--frames", "7"]) == 0
    first, second = capsys.readouterr().out.split("From a trained decoder")
    assert "7 frames, 0 wrong" in first and "Fmax" not in first
    assert "7 frames, 0 wrong" in second and "150.0 MHz" in second


def test_edited_verilog_is_compared_again(stages, tmp_path):
    arguments = ["--out", str(tmp_path), "--frames", "7"]
    demo.main(arguments)
    (tmp_path / "x.v").write_text("module x; /* edited */ endmodule\n")
    stages.ran.clear()
    demo.main(arguments)
    assert "sim.cosim" in stages.ran and "synth.build" not in stages.ran


def test_mismatch_fails_and_stays_failed(stages, tmp_path):
    stages.mismatches["now"] = 3
    for _ in range(2):
        with pytest.raises(InputError, match="3 mismatches in 7 frames"):
            demo.main(["--out", str(tmp_path), "--frames", "7"])


def test_unrouted_is_said():
    report = REPORT | {"routed": False, "not_routed_reason": "not routed within 30 minutes"}
    record = {"iterations": 10, "coded_bits_per_frame": 8, "info_bits_per_frame": 4}
    found = {"build": record, "fer": FER, "report": report}
    rows = demo.summary("c", found | {"cosim": {"frames": 1, "mismatches": 0}})
    assert rows["Fmax"] == "not routed within 30 minutes" and rows["coded Mb/s"] == "-"


def test_zero_frames_are_refused(tmp_path):
    with pytest.raises(InputError, match="--frames 0"):
        demo.main(["--frames", "0", "--out", str(tmp_path)])


def test_command_reads_the_last_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "says.py").write_text("print('table')\nprint('{\"a\": 1}')\n")
    (tmp_path / "fails.py").write_text("print('why')\nraise SystemExit(1)\n")
    (tmp_path / "mute.py").write_text("")
    assert demo.command("says") == {"a": 1}
    with pytest.raises(InputError, match="python -m fails x: ended with code 1: why"):
        demo.command("fails", "x")
    with pytest.raises(InputError, match="did not end with a JSON object"):
        demo.command("mute")


def test_remembered(tmp_path):
    path = tmp_path / "kept.json"
    calls = []

    def compute():
        calls.append(1)
        return {"n": len(calls)}

    assert remembered(path, "a", compute) == remembered(path, "a", compute) == {"n": 1}
    assert remembered(path, "b", compute) == {"n": 2}
    assert remembered(path, "b", compute, force=True) == {"n": 3}
    path.write_text("broken")
    assert remembered(path, "b", compute) == {"n": 4}


def test_fingerprint_sees_sources_and_values():
    assert fingerprint(["synth"]) == fingerprint(["synth"])
    assert len({fingerprint(["synth"]), fingerprint(["model"]), fingerprint(["synth"], 1)}) == 3
