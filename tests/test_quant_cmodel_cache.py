"""The cache of compiled C models: a library is loaded only if its bytes are those compiled."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_specs import small_spec

from model.errors import InputError
from quant import golden
from quant.cmodel import CModel, __main__, library, loaded
from quant.cmodel.emit import sources
from quant.cmodel.library import compiled

SOURCE = {"small.cpp": 'extern "C" int answer() { return 42; }\n'}
FOREIGN = """
#include <cstdio>
struct Hit { Hit() { std::fclose(std::fopen("HIT", "w")); } } hit;
extern "C" int answer() { return 13; }
"""
LOAD = """
import ctypes, json, sys
sys.prefix = sys.base_prefix
from quant.cmodel import library
texts, library.FLAGS = map(json.loads, sys.argv[1:])
print(ctypes.CDLL(str(library.compiled(texts))).answer())
"""
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A cache of this test alone."""
    monkeypatch.setattr("sys.prefix", sys.base_prefix)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "unfoldhw" / "cmodel"


def loading(texts: dict = SOURCE) -> list[str]:
    """A command that loads what :func:`compiled` finds here, with the same flags."""
    return [sys.executable, "-c", LOAD, json.dumps(texts), json.dumps(library.FLAGS)]


def load(texts: dict = SOURCE) -> subprocess.CompletedProcess:
    """In a process of its own: what is loaded once stays loaded."""
    words = loading(texts)
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=os.environ)


def entries(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.is_dir()]


def foreign(library: Path, tmp_path: Path) -> None:
    source = tmp_path / "foreign.cpp"
    source.write_text(FOREIGN.replace("HIT", str(tmp_path / "hit")))
    made = tmp_path / "foreign.so"
    subprocess.run(["g++", "-shared", "-fPIC", str(source), "-o", str(made)], check=True)
    os.replace(made, library)


def truncated(library: Path, tmp_path: Path) -> None:
    os.truncate(library, library.stat().st_size // 2)


def swapped(library: Path, tmp_path: Path) -> None:
    other = compiled({"other.cpp": 'extern "C" int answer() { return 7; }\n'})
    library.write_bytes(other.read_bytes())


def emptied(library: Path, tmp_path: Path) -> None:
    os.truncate(library, 0)


@pytest.mark.parametrize("spoil", [foreign, truncated, swapped, emptied])
def test_a_spoilt_library_is_compiled_again(place, tmp_path, spoil):
    library = compiled(SOURCE)
    assert load().stdout == "42\n" and entries(place) == [library.parent]
    spoil(library, tmp_path)
    spoilt = library.read_bytes()
    again = load()
    assert (again.stdout, again.stderr, again.returncode) == ("42\n", "", 0)
    assert library.read_bytes() != spoilt
    assert not (tmp_path / "hit").exists()


def test_the_folder_is_ours_alone(place):
    library = compiled(SOURCE)
    for folder in (library.parent, place):
        assert folder.stat().st_mode & 0o777 == 0o700 and folder.stat().st_uid == os.geteuid()
    assert {path.name for path in library.parent.iterdir()} == {"model.so", "kept.json"}


def test_a_compiler_that_fails_is_one_line(place, monkeypatch, tmp_path):
    fake = tmp_path / "bad c++"
    fake.write_text("#!/bin/sh\ntest \"$1\" = --version || { echo 'error: no disk' ; exit 4; }\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CXX", str(fake))
    with pytest.raises(InputError, match=r"failed on small\.cpp: error: no disk"):
        compiled(SOURCE)
    with pytest.raises(InputError, match="failed on small.cpp: .*error"):
        monkeypatch.delenv("CXX")
        compiled({"small.cpp": "int int;\n"})
    assert all(path.name.endswith(".lock") for path in place.iterdir())


def test_a_library_without_the_functions_is_one_line(place, monkeypatch):
    monkeypatch.setattr(CModel, "_compiled", lambda self, *flags: compiled(SOURCE))
    with pytest.raises(InputError, match=r"model\.so: has no function tiny_spec_sha"):
        CModel(small_spec(3))


OLD_COMPILER = """#!/bin/sh
case "$*" in *CM_ONLY=64*) echo "old.cpp:1: error: no avx512" >&2; exit 1;; esac
exec g++ "$@"
"""


def test_a_compiler_that_lacks_the_widest_vectors(place, monkeypatch, tmp_path, capsys):
    old = tmp_path / "old-g++"
    old.write_text(OLD_COMPILER)
    old.chmod(0o755)
    monkeypatch.setenv("CXX", str(old))
    monkeypatch.setattr(loaded, "widest_first", lambda: [64, 16])
    spec = small_spec(3)
    model = CModel(spec)
    assert model.vector_bytes == 16
    assert capsys.readouterr().err.startswith("remark: 16-byte vectors in place of 64: ")
    codes = np.random.default_rng(1).integers(-8, 8, (40, spec.n)).astype(np.int8)
    assert (model.decode(codes).bits == golden.decode(spec, codes).bits).all()


def test_no_width_compiles(place, monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "false")
    with pytest.raises(InputError, match="^false failed on tiny_cmodel.cpp: "):
        CModel(small_spec(3))


def test_a_processor_without_avx2(place, monkeypatch):
    monkeypatch.setattr(library, "_processor", lambda: "flags : fpu sse sse2")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    spec = small_spec(3)
    model = CModel(spec)
    assert model.vector_bytes == 16 and model.vector_sizes == [16]
    codes = np.random.default_rng(1).integers(-8, 8, (40, spec.n)).astype(np.int8)
    assert (model.decode(codes).bits == golden.decode(spec, codes).bits).all()


def test_a_library_whose_vectors_the_processor_lacks(place, monkeypatch):
    """The processor is asked at run time as well, and a model of all widths made in its place."""
    right, flags = CModel._compiled, []

    def lacking(self, *words):
        flags.append(words)
        return right(self, *words, *(["-D__builtin_cpu_supports(x)=0"] if words else []))

    monkeypatch.setattr(CModel, "_compiled", lacking)
    monkeypatch.setattr(loaded, "widest_first", lambda: [32, 16])
    spec = small_spec(3)
    model = CModel(spec)
    assert flags == [("-DCM_ONLY=32",), ()]
    codes = np.random.default_rng(1).integers(-8, 8, (40, spec.n)).astype(np.int8)
    assert (model.decode(codes).bits == golden.decode(spec, codes).bits).all()


def test_a_cache_that_another_version_wrote(place):
    """What is there in another form is neither loaded nor in the way."""
    entry = compiled(SOURCE).parent
    seal = entry / "kept.json"
    for other in ('{"version": 9, "files": {"model.so": "0"}}', "[]", '["model.so"]', "model.so"):
        seal.write_text(other)
        assert load().stdout == "42\n"
        assert set(json.loads(seal.read_text())) == {"model.so"}
    flat = place / f"{entry.name}.so"
    flat.write_bytes(b"\x7fELF of long ago")
    older = place / "0123456789abcdef01234567"
    older.mkdir()
    (older / "libcmodel.so").write_bytes(b"\x7fELF")
    (entry / "model.so").unlink()
    assert load().stdout == "42\n"
    assert flat.is_file() and (older / "libcmodel.so").is_file()


COUNTING_COMPILER = """#!/bin/sh
case "$*" in *--version*) ;; *) echo compiled >> "LOG"; sleep 1;; esac
exec g++ "$@"
"""


def test_two_compile_one_source_at_once(place, monkeypatch, tmp_path):
    counting, log = tmp_path / "counting-g++", tmp_path / "log"
    counting.write_text(COUNTING_COMPILER.replace("LOG", str(log)))
    counting.chmod(0o755)
    monkeypatch.setenv("CXX", str(counting))
    both = [subprocess.Popen(loading(), stdout=subprocess.PIPE, cwd=ROOT) for _ in range(2)]
    assert [process.communicate(timeout=100)[0] for process in both] == [b"42\n"] * 2
    assert log.read_text() == "compiled\n"


def test_two_write_the_sources_into_one_folder_at_once(tmp_path):
    """Of two specs of one name each file is one of the two, whole."""
    specs = [small_spec(3), small_spec(4)]
    paths = [spec.save(tmp_path / f"{i}.json") for i, spec in enumerate(specs)]
    words = [sys.executable, "-m", "quant.cmodel", "--out", str(tmp_path / "c"), "--spec"]
    both = [subprocess.Popen([*words, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
            for path in paths]  # fmt: skip
    for process in both:
        process.communicate(timeout=100)
    assert [process.returncode for process in both] == [0, 0]
    due = [sources(spec) for spec in specs]
    for name in due[0]:
        assert (tmp_path / "c" / name).read_text() in [texts[name] for texts in due]
    assert {path.name for path in (tmp_path / "c").iterdir()} == set(due[0])


@pytest.mark.parametrize(
    ("flags", "sizes"),
    [
        ("flags : fpu sse2", [16]),
        ("flags : sse2 avx2 avx512f", [32, 16]),
        ("flags : sse2 avx2 avx512f avx512bw avx512vl avx512dq avx512vbmi", [64, 32, 16]),
        ("", []),
    ],
)
def test_the_vectors_of_a_processor(monkeypatch, flags, sizes):
    monkeypatch.setattr(library, "_processor", lambda: flags)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert library.widest_first() == sizes


def test_the_widest_vectors_are_those_that_a_model_of_all_sizes_takes():
    spec = small_spec(3)
    assert CModel(spec).vector_bytes == CModel(spec, every_width=True).vector_bytes


def test_other_processors_get_what_the_source_has_for_them(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert library.widest_first() == []


def test_in_an_odd_folder(tmp_path, monkeypatch):
    odd = tmp_path / "a b" / "it's" / '"$HOME;#' / "back\\slash" / "ü"
    odd.mkdir(parents=True)
    monkeypatch.chdir(odd)
    spec = small_spec(3)
    __main__.main(["--spec", str(spec.save("s p.json")), "--out", "c model"])
    assert (odd / "c model" / "tiny_cmodel.cpp").is_file()
    codes = np.random.default_rng(1).integers(-8, 8, (20, spec.n)).astype(np.int8)
    assert (CModel(spec).decode(codes).bits == golden.decode(spec, codes).bits).all()
