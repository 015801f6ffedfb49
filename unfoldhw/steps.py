"""The flow as Python objects: a code, what was trained for it, integers, hardware, its figures.

    code = unfoldhw.load("my_code.alist")
    trained = code.train(ebn0="2.6:3.0", steps=60)
    integers = trained.quantise(message_bits=3)
    built = integers.build()
    print(built.prove(frames=200), built.report())

Each step is what the command of the same name does, with its options as keywords, and leaves the
same files in ``code.folder`` (default ``build/NAME``). Whatever a command refuses is an
``unfoldhw.InputError``.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unfoldhw.call import run


@dataclass(frozen=True)
class Step:
    """What every step has.

    result : the object that ``unfoldhw COMMAND --json`` prints
    """

    result: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return self.result["text"]

    def __getitem__(self, name: str) -> Any:
        """A figure of the result."""
        return self.result[name]


@dataclass(frozen=True)
class Picture(Step):
    """Measured points, and the file of their plot; a notebook shows it."""

    path: Path

    def _repr_png_(self) -> bytes | None:
        return self.path.read_bytes() if self.path.suffix == ".png" else None


@dataclass(frozen=True)
class Built(Step):
    """A build folder: Verilog, spec, C model, build.json.

    folder : where it is; ``result`` : content of build.json, paths in place of names
    """

    folder: Path

    @property
    def verilog(self) -> str:
        """Text of the Verilog."""
        return Path(self.result["verilog"]).read_text()

    def prove(self, frames: int = 200, **options: object) -> Step:
        """Compare the Verilog with golden on ``frames`` frames, as ``unfoldhw cosim`` does.

        ``result["mismatches"]`` counts wrong frames, and ``result["exit_code"]`` is 0 if there are
        none.
        """
        return Step(run("cosim", build=self.folder, frames=frames, **options))

    def report(self, **options: object) -> Step:
        """Synthesise, place and route, as ``unfoldhw report`` does: area, clock, throughput."""
        return Step(run("report", build=self.folder, **options))


@dataclass(frozen=True)
class Integers(Step):
    """A spec: everything that decides a bit of the hardware.

    spec : the file, or the name of a shipped one
    folder : for what is made from it
    """

    spec: str
    folder: Path

    def error_rates(self, plot: str | Path | None = None, **options: object) -> Picture:
        """Error rates by Monte Carlo on the C model, as ``unfoldhw fer`` measures them.

        ``ebn0="2.6:3.4:0.2"`` are points of a decoder, ``snr="6:12:2"`` of a precoder. The
        picture is ``plot``, without it ``rates.png`` in the folder.
        """
        path = Path(plot) if plot is not None else self.folder / "rates.png"
        return Picture(run("fer", spec=self.spec, plot=path, **options), path)

    def loss(self, **options: object) -> Step:
        """What quantisation loses against float, in dB, as ``unfoldhw loss`` measures it."""
        return Step(run("loss", spec=self.spec, **options))

    def build(self, out: str | Path | None = None, **options: object) -> Built:
        """Emit Verilog and C model, as ``unfoldhw build`` does; ``out`` is else ``folder``."""
        folder = Path(out) if out is not None else self.folder
        return Built(run("build", spec=self.spec, out=folder, **options), folder)


@dataclass(frozen=True)
class Trained(Step):
    """Trained parameters in a file.

    code : the name or file of the code
    parameters : the file
    folder : for what is made from it
    """

    code: str
    parameters: Path
    folder: Path

    def compare(self, plot: str | Path | None = None, **options: object) -> Picture:
        """Trained against plain decoders in float, as ``unfoldhw evaluate`` does, with the loss."""
        path = Path(plot) if plot is not None else self.folder / "trained.png"
        given = {"code": self.code, "parameters": self.parameters, "plot": path}
        return Picture(run("evaluate", **given, **options), path)

    def quantise(self, out: str | Path | None = None, **options: object) -> Integers:
        """Fold the parameters into a spec of integers, as ``unfoldhw fit`` does."""
        path = Path(out) if out is not None else self.folder / "spec.json"
        found = run("fit", code=self.code, params=self.parameters, out=path, **options)
        return Integers(found, str(path), self.folder)


@dataclass(frozen=True)
class Code(Step):
    """A code, or the system that a name stands for.

    name : what ``--code`` takes: a name of the catalogue or a file
    folder : for what is made from it
    """

    name: str
    folder: Path

    def train(self, out: str | Path | None = None, **options: object) -> Trained:
        """Train weights, offsets and relaxation in float, as ``unfoldhw train`` does."""
        path = Path(out) if out is not None else self.folder / "parameters.npz"
        return Trained(run("train", code=self.name, out=path, **options), self.name, path,
                       self.folder)  # fmt: skip

    def quantise(self, out: str | Path | None = None, **options: object) -> Integers:
        """The untrained decoder (normalised min-sum, 0.75) as a spec, as ``unfoldhw fit`` does."""
        path = Path(out) if out is not None else self.folder / "spec.json"
        return Integers(run("fit", code=self.name, out=path, **options), str(path), self.folder)


def load(code: str | Path, folder: str | Path | None = None) -> Code:
    """A code of the catalogue (``unfoldhw codes``) or of a file, with its facts as ``result``.

    folder : for all that is made from it; default ``build/NAME``
    """
    name = str(code)
    found = run("codes", name)
    return Code(found, name, Path(folder) if folder is not None else Path("build") / found["name"])


def preset(name: str, folder: str | Path | None = None) -> Integers:
    """A shipped spec (``unfoldhw build --list``) of any family, or the spec in a file."""
    from quant import kinds

    spec = kinds.resolve(str(name))
    described = {"name": spec.name, "spec_sha": spec.sha, "text": spec.describe()}
    where = Path(folder) if folder is not None else Path("build") / spec.name
    return Integers(described, str(name), where)
