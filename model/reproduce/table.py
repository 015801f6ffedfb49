"""What a table consists of: decoders, codes, points, and what has been published about them."""

from dataclasses import dataclass, field

from model.errors import InputError

METRICS = ("ber", "fer")


@dataclass(frozen=True)
class Variant:
    """One decoder, a row of the table.

    Attributes:
        name: Part of the parameters file's name.
        label: What the row is called.
        options: Options of ``model.train`` after those of the case; they decide the decoder, and
            its training if ``trained``.
        trained: False: the decoder as it starts (plain min-sum, a fixed factor).
    """

    name: str
    label: str
    options: str = ""
    trained: bool = True


@dataclass(frozen=True)
class Case:
    """One code of a table.

    Attributes:
        code: Name in the catalogue.
        options: Options of ``model.train`` that all variants share on this code.
        ebn0_db: Points measured.
        target: Error rate at which the gain over the baseline is read.
        frames: Most frames a point.
        published: By variant name, what a paper says, in a few words.
        expected: By variant name, error rates by Eb/N0 in dB from elsewhere, to compare with.
    """

    code: str
    options: str
    ebn0_db: tuple[float, ...]
    target: float
    frames: int
    published: dict[str, str] = field(default_factory=dict)
    expected: dict[str, dict[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A set of decoders compared on the same noise.

    Attributes:
        name: What the command line calls it.
        title: One line about what is compared.
        source: The papers.
        metric: "ber" (transmitted bits) or "fer".
        variants: The rows, the first of which is the baseline of the gain.
        cases: The codes, each a table of its own.
        minutes: About how long one core takes to train and measure all of it.
    """

    name: str
    title: str
    source: str
    metric: str
    variants: tuple[Variant, ...]
    cases: tuple[Case, ...]
    minutes: int

    def __post_init__(self) -> None:
        names = [variant.name for variant in self.variants]
        assert self.metric in METRICS and len(set(names)) == len(names)

    def case(self, code: str) -> Case:
        """Return the case of a code, or say which codes there are."""
        for case in self.cases:
            if case.code == code:
                return case
        known = ", ".join(case.code for case in self.cases)
        raise InputError(f"table {self.name} has no code {code!r}; choose from {known}")

    def chosen(self, names: list[str] | None) -> tuple[Variant, ...]:
        """Return the named variants in the table's order; the baseline is always among them."""
        if names is None:
            return self.variants
        known = [variant.name for variant in self.variants]
        for name in names:
            if name not in known:
                raise InputError(
                    f"table {self.name} has no decoder {name!r}; choose from {', '.join(known)}"
                )
        return tuple(v for v in self.variants if v.name in names or v is self.variants[0])
