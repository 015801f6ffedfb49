"""The wheel, in an environment of its own, in a folder that has a sim/ and a model/ of its own."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def command(tmp_path_factory) -> Path:
    """``unfoldhw`` of a fresh environment with the wheel; what it needs is taken from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    source = folder / "source"  # where it builds, it leaves a folder build/lib
    ignored = shutil.ignore_patterns(".*", "build", "tests", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=ignored)
    wheel = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run([*pip, *wheel], check=True)
    (wheel,) = folder.glob("unfoldhw-*.whl")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    install = ["--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True)
    # A .pth file that stands in another site's folder is not read, so this project's own editable
    # installation there is none here.
    site = next((folder / "env").glob("lib/python3*/site-packages"))
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.with_name("unfoldhw")


@pytest.fixture
def crowded(tmp_path) -> Path:
    """A folder with packages of the same names, which fail when they are imported."""
    for name in ("sim", "model", "hw", "quant"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    return tmp_path


def run(command: Path, *words: str, folder: Path) -> str:
    finished = subprocess.run(
        [command, *words], cwd=folder, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_build_and_error_rates_beside_folders_of_the_same_names(command, crowded):
    assert "qc_ldpc.v written" in run(command, "build", "--code", "qc_ldpc", folder=crowded)
    assert (crowded / "build" / "qc_ldpc" / "build.json").exists()
    found = run(
        command, "fer", "--spec", "build/qc_ldpc/spec.json", "--ebn0", "2.8", "--max-frames",
        "2048", "--plot", "fer.png", folder=crowded,
    )  # fmt: skip
    assert "2.8 dB" in found and (crowded / "fer.png").exists()


def test_the_wheel_has_the_licence(command):
    (metadata,) = command.parent.parent.glob("lib/python3*/site-packages/unfoldhw-*.dist-info")
    assert "License-Expression: Apache-2.0" in (metadata / "METADATA").read_text()
    assert "Apache License" in (metadata / "licenses" / "LICENSE").read_text()
