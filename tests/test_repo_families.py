"""Every command and every family: it works, or one line says what the family has not.

And nobody asks which family it has in hand: not by a kind, not by a class.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from small_best import small_best
from small_detectors import small_detector
from small_precoders import small_precoder
from small_restarts import small_restarts
from small_sets import small_set
from small_specs import flooding_spec, small_spec
from test_sim_fer import InlineEngine

import quant.density.__main__
import quant.fit
import quant.loss
import quant.qat.__main__
import quant.search.__main__
from hw import build as hw_build
from model import families, train
from model.errors import InputError
from quant import monte_carlo
from quant.cmodel import __main__ as cmodel
from quant.sources import spec_for
from quant.uplink.joined import joined
from sim import ber, engines, equality, fer, peers, replay, waterfall
from sim.failures import Failures
from synth.explore import sweep

ROOT = Path(__file__).resolve().parent.parent
TOY = Path(__file__).parent / "toy"
LACKS = re.compile(
    r"family '(\w+)' has no ([^;\n]+); there is one for ([\w, ]+)(; commands for .*)?"
)


@pytest.fixture(autouse=True)
def every_family(monkeypatch):
    """Also the toy ones, and no other processes."""
    monkeypatch.syspath_prepend(TOY)
    families.families.cache_clear()
    monkeypatch.setattr(engines, "make", lambda name, workers, address: InlineEngine())
    yield
    families.families.cache_clear()


CODES = {
    "min_sum": "ccsds_128_64", "precoder": "mimo_precoder", "repetition": "repetition",
    "chain": "chain", "restarts": "bch_63_36_restarts", "code_set": "wifi_1296",
    "best_of": "ccsds_128_64_best",
    "mimo_detector": "mimo_detector", "uplink": "uplink",
}  # fmt: skip


def spec_of(family: str):
    if family == "min_sum":
        return small_spec(3)
    if family == "chain":
        whole = spec_for("chain")
        return replace(whole, first=flooding_spec(z=6, iterations=2), second=small_spec(z=6))
    if family == "restarts":
        return small_restarts()
    if family == "best_of":
        return small_best(2)
    if family == "code_set":
        return small_set()
    if family == "mimo_detector":
        return small_detector()
    if family == "uplink":
        return joined("small_uplink", small_detector(), small_spec(8))
    return small_precoder() if family == "precoder" else spec_for(CODES[family])


def written(family: str, folder: Path) -> str:
    return str(spec_of(family).save(folder / "spec.json"))


def help_of(main: Callable, option: str) -> Callable:
    """The help of the family's own parser."""

    def call(family: str, folder: Path) -> None:
        chosen = CODES[family] if option == "--code" else written(family, folder)
        with pytest.raises(SystemExit) as caught:
            main([option, chosen, "--help"])
        assert caught.value.code == 0

    return call


def build(family: str, folder: Path) -> None:
    argv = ["--spec", written(family, folder), "--out", str(folder / "built")]
    assert hw_build.main(argv) == 0


def has_hardware(family: str, folder: Path) -> None:
    families.need(families.families()[family], "engine")


def c_model(family: str, folder: Path) -> None:
    assert cmodel.main(["--spec", written(family, folder), "--out", str(folder)]) == 0


def error_rates(family: str, folder: Path) -> None:
    part = monte_carlo.of(families.families()[family])
    argv = ["--spec", written(family, folder), f"--{part.axis.option}", "3", "--max-frames", "1"]
    assert fer.main(argv) == 0


def cosim_stimulus(family: str, folder: Path) -> None:
    families.need(families.families()[family], "stimulus")


def cosim_fer(family: str, folder: Path) -> None:
    assert -20 <= waterfall.point_at(spec_of(family), 0.5) <= 14


def compared(family: str, folder: Path) -> None:
    words = ["--specs", written(family, folder), "--frames", "8", "--workers", "1"]
    assert equality.main(words) == 0


def replayed(family: str, folder: Path) -> None:
    spec = spec_of(family)
    link = monte_carlo.of(families.families()[family]).link()
    Failures(spec.to_json(), link, 1, [(3.0, 5)]).save(folder / "f.json")
    assert replay.main(["--failures", str(folder / "f.json")]) == 0


def designs(family: str, folder: Path) -> None:
    """The designs of an exploration, each of which has an engine that makes it."""
    (point,) = sweep.points(written(family, folder), [])
    assert point.design.resolved is not None


COMMANDS = {
    "hw.build": build,
    "model.train": help_of(train.main, "--code"),
    "quant.fit": help_of(quant.fit.main, "--code"),
    "quant.loss": help_of(quant.loss.main, "--spec"),
    "quant.search": help_of(quant.search.__main__.main, "--spec"),
    "quant.qat": help_of(quant.qat.__main__.main, "--spec"),
    "quant.density": help_of(quant.density.__main__.main, "--spec"),
    "quant.cmodel": c_model,
    "sim.cosim": cosim_stimulus,
    "sim.cosim --fer": cosim_fer,
    "sim.fer": error_rates,
    "sim.ber": help_of(ber.main, "--code"),
    "sim.equality": compared,
    "sim.replay": replayed,
    "sim.peers": help_of(peers.main, "--code"),
    "synth.report": has_hardware,  # it takes any build folder
    "synth.explore": designs,
}
# What a family has not, as the message says it.
HAS_NOT = {
    ("quant.search", "precoder"): "search of alphabets",
    ("quant.qat", "precoder"): "training on integers",
    ("quant.density", "precoder"): "density evolution",
    ("sim.cosim --fer", "precoder"): "frame error rate",
    ("sim.replay", "precoder"): "replay of wrong frames",
    ("sim.peers", "precoder"): "peers to compare speed with",
    ("quant.search", "mimo_detector"): "search of alphabets",
    ("quant.qat", "mimo_detector"): "training on integers",
    ("quant.density", "mimo_detector"): "density evolution",
    ("sim.cosim --fer", "mimo_detector"): "frame error rate",
    ("sim.replay", "mimo_detector"): "replay of wrong frames",
    ("sim.peers", "mimo_detector"): "peers to compare speed with",
    ("sim.ber", "mimo_detector"): "error rates beside those of other systems",
    ("model.train", "uplink"): "training",
    ("quant.loss", "uplink"): "measured quantisation loss",
    ("quant.search", "uplink"): "search of alphabets",
    ("quant.qat", "uplink"): "training on integers",
    ("quant.density", "uplink"): "density evolution",
    ("quant.cmodel", "uplink"): "C model",
    ("sim.equality", "uplink"): "comparison of its C model with golden",
    ("sim.replay", "uplink"): "replay of wrong frames",
    ("sim.ber", "uplink"): "error rates beside those of other systems",
    ("sim.peers", "uplink"): "peers to compare speed with",
    ("sim.ber", "min_sum"): "error rates beside those of other systems",
    ("model.train", "restarts"): "training",
    ("quant.fit", "restarts"): "fit of integers",
    ("quant.loss", "restarts"): "measured quantisation loss",
    ("quant.qat", "restarts"): "training on integers",
    ("quant.density", "restarts"): "density evolution",
    ("sim.replay", "restarts"): "replay of wrong frames",
    ("sim.ber", "restarts"): "error rates beside those of other systems",
    ("sim.peers", "restarts"): "peers to compare speed with",
    ("quant.fit", "best_of"): "fit of integers",
    ("quant.loss", "best_of"): "measured quantisation loss",
    ("quant.search", "best_of"): "search of alphabets",
    ("quant.qat", "best_of"): "training on integers",
    ("quant.density", "best_of"): "density evolution",
    ("sim.replay", "best_of"): "replay of wrong frames",
    ("sim.ber", "best_of"): "error rates beside those of other systems",
    ("sim.peers", "best_of"): "peers to compare speed with",
    ("model.train", "code_set"): "training",
    ("quant.qat", "code_set"): "training on integers",
    ("quant.density", "code_set"): "density evolution",
    ("sim.replay", "code_set"): "replay of wrong frames",
    ("sim.ber", "code_set"): "error rates beside those of other systems",
    ("sim.peers", "code_set"): "peers to compare speed with",
    ("model.train", "repetition"): "training",
    ("quant.fit", "repetition"): "fit of integers",
    ("quant.loss", "repetition"): "measured quantisation loss",
    ("quant.search", "repetition"): "search of alphabets",
    ("quant.qat", "repetition"): "training on integers",
    ("quant.density", "repetition"): "density evolution",
    ("quant.cmodel", "repetition"): "C model",
    ("sim.equality", "repetition"): "comparison of its C model with golden",
    ("sim.replay", "repetition"): "replay of wrong frames",
    ("sim.ber", "repetition"): "error rates beside those of other systems",
    ("sim.peers", "repetition"): "peers to compare speed with",
    ("model.train", "chain"): "training",
    ("quant.fit", "chain"): "fit of integers",
    ("quant.loss", "chain"): "measured quantisation loss",
    ("quant.search", "chain"): "search of alphabets",
    ("quant.qat", "chain"): "training on integers",
    ("quant.density", "chain"): "density evolution",
    ("sim.replay", "chain"): "replay of wrong frames",
    ("sim.ber", "chain"): "error rates beside those of other systems",
    ("sim.peers", "chain"): "peers to compare speed with",
}


@pytest.fixture(autouse=True)
def _no_others(monkeypatch):
    """What other files of tests have registered in this process does not count."""
    known = [family for family in families._registered if family.name in CODES]
    monkeypatch.setattr(families, "_registered", known)
    families.families.cache_clear()
    yield
    monkeypatch.undo()
    families.families.cache_clear()


@pytest.mark.parametrize("family", CODES)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_works_or_one_line_says_what_is_missing(command, family, tmp_path):
    try:
        COMMANDS[command](family, tmp_path)
    except InputError as error:
        told = LACKS.fullmatch(str(error))
        assert told and told.group(1, 2) == (family, HAS_NOT.get((command, family))), str(error)
        others = told.group(3).split(", ")
        assert family not in others and set(others) <= set(CODES)
    else:
        assert (command, family) not in HAS_NOT


def test_the_table_has_every_family():
    assert set(CODES) == set(families.families())
    assert all(family in CODES for _, family in HAS_NOT)


# --- who asks which family it has -----------------------------------------------------------------

# The registry, and what families are made of.
OWN = (
    "model/families.py", "quant/spec.py", "quant/validate.py", "quant/golden/", "quant/cmodel/",
    "hw/direct/",
    *(f"{room}/{family.name}/" for room in ("quant", "hw", "sim") for family in families.OWN),
)  # fmt: skip
DEMO = "synth/error_point.py"  # the figure that the demo of the default decoder shows
# Rooms that are the same for every family may not even import a family's spec.
GENERAL = ("sim/", "synth/")
CLASSES = {"Spec", "SPEC", "PrecoderSpec", "DetectorSpec", "UplinkSpec"}


def questions(tree: ast.AST, general: bool = True) -> list[int]:
    """Lines that ask for a kind or a class of spec, or (``general``) import a family's own."""
    found = []
    for node in ast.walk(tree):
        asked = False
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            names = {ast.unparse(part).split(".")[-1] for part in ast.walk(node)
                     if isinstance(part, ast.Name | ast.Attribute)}  # fmt: skip
            asked = called in ("isinstance", "issubclass") and bool(names & CLASSES)
            asked |= called in {f"{name}.from_json" for name in CLASSES}
        elif isinstance(node, ast.Compare):
            sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
            # The kinds of two specs may be compared: that asks of neither which it is.
            asked = any(re.search(r"(spec|source|base|other)\.kind\b", side) for side in sides)
            asked &= any(re.search(r"['\"]|\b[A-Z][A-Z_]+\b", side) for side in sides)
        elif general and isinstance(node, ast.ImportFrom | ast.Import):
            module = getattr(node, "module", None)
            names = [f"{module}.{each.name}" if module else each.name for each in node.names]
            own = [place.removesuffix(".py").rstrip("/").replace("/", ".") for place in OWN[1:]]
            asked = any(name == o or name.startswith(f"{o}.") for name in names for o in own)
        if asked:
            found.append(node.lineno)
    return found


def test_nobody_asks_which_family_it_has():
    wrong = []
    for room in ("model", "quant", "hw", "sim", "synth"):
        for path in sorted((ROOT / room).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if place.startswith((*OWN, DEMO)):
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            lines = questions(tree, place.startswith(GENERAL))
            wrong += [f"{place}:{line}" for line in lines]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "isinstance(spec, Spec)", "isinstance(spec, quant.spec.Spec)", "Spec.from_json(text)",
        "isinstance(x, (int, PrecoderSpec))", "spec.kind == 'c2po_precoder'", "spec.kind in KINDS",
        "KIND != self.spec.kind", "from quant.spec import Spec", "import quant.precoder.spec",
        "from sim.min_sum import stimulus", "base.kind not in SCHEDULES.values()",
    ],
)  # fmt: skip
def test_questions_are_found(text):
    assert questions(ast.parse(text)) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "array.dtype.kind in 'iu'", "spec.kind == base.kind", "isinstance(x, int)",
        "(spec.made_for, spec.kind) != (base.made_for, base.kind)", "print(spec.kind)",
        "from quant import kinds", "known[architecture] == spec.kind",
    ],
)  # fmt: skip
def test_other_lines_are_not(text):
    assert questions(ast.parse(text)) == []


def test_a_family_without_anything_lacks_everything():
    empty = families.Family("empty", ("empty",), modules="no_such_package.{room}")
    for name, part in families.PARTS.items():
        with pytest.raises(InputError) as caught:
            families.need(empty, name)
        told = LACKS.fullmatch(str(caught.value)) or str(caught.value)
        assert "no family yet" in told if isinstance(told, str) else told.group(2) == part.words
    with pytest.raises(InputError, match="family 'empty' has no error rates by Monte Carlo"):
        monte_carlo.of(empty)
