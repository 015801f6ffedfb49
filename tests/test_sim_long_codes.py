"""Long codes from file to error rate: seconds and memory by edges, not by rows times columns."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_model_sizes import irregular_repeat_accumulate

from hw.layered.job import MOST_OPERATIONS
from hw.layered.options import Options
from hw.layered.schedule import make_schedule
from hw.min_sum.arithmetic import MinSum
from model import io
from model.errors import InputError
from quant.sources import spec_for

ROOT = Path(__file__).resolve().parent.parent
MEASURED = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.stdout, done.stderr, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10]))
"""


def measured(*command):
    """Standard output and error of ``python -m`` a command, its processor seconds and megabytes."""
    argv = [sys.executable, "-c", MEASURED, sys.executable, "-m", *command]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("checks", "variables", "degree", "seconds"),
    [
        (3000, 6000, 3, 25),
        pytest.param(16000, 32000, 3, 30, marks=pytest.mark.slow),
        pytest.param(32400, 64800, 5, 40, marks=pytest.mark.slow),
    ],
)
def test_first_frames_come_soon(tmp_path, checks, variables, degree, seconds):
    """Of that time a compiler takes 5 s, starting two processes 3; in all, not a core."""
    graph = irregular_repeat_accumulate(checks, variables, degree)
    path = str(io.save(graph, tmp_path / "long.alist"))
    options = ["--ebn0", "2", "--max-frames", "512", "--workers", "1", "--json"]
    out, err, used, megabytes = measured("sim.fer", "--code", path, *options)
    (point,) = json.loads(out.splitlines()[-1])["points"]
    assert point["frames"] == 512 and point["fer"] < 1, err
    assert used < seconds and megabytes < 2000
    rate = float(next(line for line in out.splitlines() if " 2 dB " in line).split()[-2])
    assert rate > 50  # frames a second and core, simulation and all


def test_what_no_device_holds_is_refused_before_it_takes_memory(tmp_path):
    checks = MOST_OPERATIONS // 5 + 1
    graph = irregular_repeat_accumulate(checks, 2 * checks)
    spec = spec_for(str(io.save(graph, tmp_path / "long.alist")))
    job = MinSum(spec, "generic").job
    assert Options().resolved(job).slots == 1
    with pytest.raises(InputError, match=r"long: \d+ block edges in 2 slots .*; larger circulants"):
        make_schedule(job, 2)
