"""A spec as a file: schema version, content hash, canonical JSON. The same for every kind."""

import hashlib
import json
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path

from model.errors import InputError
from model.files import write_atomic
from model.json_text import parse_json
from quant.fields import shown

SCHEMA = "unfoldhw.spec/1"


def plain(record: dict) -> dict:
    """``record`` in JSON's own types (tuples become lists)."""
    return json.loads(json.dumps(record))


def content_sha(content: dict) -> str:
    """SHA-256 (hex) of the canonical JSON of a spec's content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse(text: str, source: str) -> dict:
    """JSON object of a spec file with its schema checked, not yet its fields.

    Raises ``InputError`` naming ``source`` for text that is no JSON object of this schema.
    """
    record = parse_json(text, source)
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema != SCHEMA:
        raise InputError(f"{source}: schema is {shown(schema)}, this program reads {SCHEMA!r}")
    return record


def check_sha(record: dict, due: str, source: str) -> None:
    """Raise ``InputError`` unless the file's hash is that of its content."""
    found = record.get("sha256")
    if found != due:
        raise InputError(f"{source}: sha256 is {shown(found)} but the content hashes to {due!r}")


def text_of(content: dict, provenance: dict) -> str:
    """The file's text, one top-level key a line."""
    record = {**content, "sha256": content_sha(content), "provenance": provenance}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


class Document:
    """What every spec dataclass inherits: its content, hash and file.

    A kind adds its fields, ``provenance`` among them, and ``from_json``.
    """

    def content(self) -> dict:
        """Everything that decides a bit, as plain JSON types: what the hash covers."""
        record = plain(asdict(self))
        del record["provenance"]
        return {"schema": SCHEMA, **record}

    @cached_property
    def sha(self) -> str:
        """SHA-256 (hex) of the canonical JSON of :meth:`content`."""
        return content_sha(self.content())

    def with_provenance(self, provenance: dict):
        """The same spec with another record of how it came about."""
        return replace(self, provenance=provenance)

    def to_json(self) -> str:
        """The file's text: content, hash and provenance."""
        return text_of(self.content(), self.provenance)

    def save(self, path: str | Path) -> Path:
        """Write the spec; ``InputError`` if the place cannot be written."""
        return write_atomic(path, self.to_json())
