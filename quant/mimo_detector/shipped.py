"""The trained numbers that a spec was fitted to."""

from importlib import resources
from pathlib import Path

from model.errors import InputError
from model.mimo_detector.parameters import DetectorParameters
from quant.mimo_detector.spec import DetectorSpec


def parameters(spec: DetectorSpec) -> Path:
    """The shipped file that the spec's provenance names; ``InputError`` if it names none."""
    name = spec.provenance.get("parameters")
    path = Path(str(resources.files("quant.presets"))) / str(name)
    if not isinstance(name, str) or path.name != name or not path.exists():
        raise InputError(
            f"{spec.name}: its provenance names no shipped parameters ({name!r}); give --params"
        )
    return path


def load(spec: DetectorSpec, path: str | Path | None = None) -> tuple[Path, DetectorParameters]:
    """Path and numbers of ``path`` or else those of :func:`parameters`.

    ``InputError`` unless they are for the spec's uplink, start, weights and rounds.
    """
    path = Path(path) if path is not None else parameters(spec)
    found = DetectorParameters.load(path)
    system = (spec.antennas, spec.users, spec.constellation)
    due = (*system, spec.start is not None, spec.weights, len(spec.rounds))
    made = found.system
    has = (
        made.antennas, made.users, made.modulation, found.start == "lmmse", found.weights,
        found.rounds,
    )  # fmt: skip
    if has != due:
        raise InputError(
            f"{path}: made for {made}, start {found.start!r}, {found.weights}, {found.rounds} "
            f"rounds; the spec is {spec.describe()}"
        )
    return path, found
