"""What results and failures files share: schema, content hash, spec, link, seed; all checked.

The hash covers everything but itself and the spec, whose own hash stands in the content. It finds
what was changed by hand or by a disk; whoever changes a file on purpose can make the hash anew, so
that every value is checked too.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json
from model.options import Options
from model.printable import shown
from quant import kinds, monte_carlo
from quant.document import content_sha
from quant.fields import exactly, number, whole
from quant.monte_carlo import LARGEST_DB, MonteCarlo

MOST_BYTES = 24 << 20
"""Larger files are neither read nor written."""
LARGEST_SEED = 2**64 - 1
_COMMON = ("schema", "sha256", "spec_sha", "link", "seed", "spec")


@dataclass(frozen=True)
class Sealed:
    """A document as it was read: its link and seed, and its other fields, not yet checked.

    ``measured`` holds the spec and decides what the other fields may hold.
    """

    measured: MonteCarlo
    link: Options
    seed: int
    fields: dict


def text_of(
    schema: str, spec_text: str, link: Options, seed: int, fields: dict[str, object]
) -> str:
    """The file's text: a line for each field, and for each entry of a list.

    ``InputError`` if it is larger than what can be read again.
    """
    spec = json.loads(spec_text)
    content = {
        "schema": schema,
        "spec_sha": spec["sha256"],
        "link": asdict(link),
        "seed": seed,
        **fields,
    }
    record = {**content, "sha256": content_sha(content), "spec": spec}
    text = lines_of(record)
    if len(text) > MOST_BYTES:
        raise InputError(f"{len(text)} bytes of results, a file has at most {MOST_BYTES}")
    return text


def lines_of(record: dict) -> str:
    """JSON text of a document: a line for each field, and for each entry of a list."""
    return "{\n" + ",\n".join(f" {json.dumps(k)}: {_lines(v)}" for k, v in record.items()) + "\n}\n"


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n  " + ",\n  ".join(json.dumps(entry) for entry in value) + "\n ]"


def read(path: Path, schema: str, what: str, names: tuple[str, ...]) -> Sealed:
    """Read a document that has ``names`` beside the shared fields, and nothing else.

    ``InputError`` names the file and what is wrong with it, by ``what`` if it is something else.
    """
    record = parse_json(read_text(path, MOST_BYTES), str(path))
    with faults_of(path, what):
        found = record.get("schema") if isinstance(record, dict) else None
        if found != schema:
            name, _, version = schema.rpartition("/")
            older = [f"{name}/{number}" for number in range(1, int(version))]
            hint = "; count again into another file"
            raise InputError(f"schema is {shown(found)}, this program reads {schema!r}"
                             + (hint if found in older else ""))  # fmt: skip
        exactly("", record, (*_COMMON, *names))
        content = {k: v for k, v in record.items() if k not in ("sha256", "spec")}
        due = content_sha(content)
        if record["sha256"] != due:
            raise InputError(f"sha256 is {shown(record['sha256'])} but the content hashes to "
                             f"{due!r}: something else than this program changed it")  # fmt: skip
        spec = kinds.from_record(record["spec"], "spec")
        if record["spec_sha"] != spec.sha:
            raise InputError(f"spec_sha is {shown(record['spec_sha'])}, its spec's is {spec.sha!r}")
        measured = monte_carlo.of(kinds.family_of(spec)).of_spec(spec)
        link = monte_carlo.link_of(record["link"], measured.link)
        whole("seed", record["seed"], 0, LARGEST_SEED)
        return Sealed(measured, link, record["seed"], {name: record[name] for name in names})


@contextmanager
def faults_of(path: Path, what: str) -> Iterator[None]:
    """Name the file in every fault that is found in a ``with`` block."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (
        ValueError, KeyError, TypeError, OverflowError, AttributeError, RecursionError
    ) as error:  # fmt: skip
        raise InputError(f"{path}: not {what}: {error!r}") from error


def point_of(place: str, value: object) -> float:
    """A point in dB: a number in range, in whole thousandths, as points are told apart."""
    number(place, value, -LARGEST_DB, LARGEST_DB)
    if value != round(value, 3):
        raise InputError(f"{place} is {shown(value)}, must be in whole thousandths of a dB")
    return float(value)
