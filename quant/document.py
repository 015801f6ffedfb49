"""A spec as a file: schema version, content hash, canonical JSON. The same for every kind.

The hash is SHA-256 of the canonical JSON (sorted keys, no spaces) of the record without what says
how a thing is called or how it came about: ``name``, ``provenance`` and ``sha256``, at any depth.
A spec may hold other specs; each stands in the record as it would in a file of its own, and equal
ones count as equal whatever they are called.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, is_dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from model.errors import InputError
from model.files import read_text, write_atomic
from model.json_text import parse_json
from quant import schema
from quant.fields import shown

SCHEMA = "unfoldhw.spec/2"
OLD_SCHEMA = "unfoldhw.spec/1"
"""Its hash covered names, too; ``python -m quant.migrate`` reads it."""
UNHASHED = ("name", "provenance", "sha256")

OPTIONAL = {"optional": True}
"""Metadata of a dataclass field that the record leaves out where it has its default."""


def content_sha(content: dict) -> str:
    """SHA-256 (hex) of the canonical JSON of ``content``."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(record):
    """``record`` (JSON types) without the fields that no hash covers, at any depth."""
    if isinstance(record, dict):
        return {k: content_of(v) for k, v in record.items() if k not in UNHASHED}
    if isinstance(record, list):
        return record if _scalars(record) else [content_of(each) for each in record]
    return record


def parse(text: str, source: str) -> dict:
    """JSON object of a spec file with its schema checked, not yet its fields.

    Raises ``InputError`` naming ``source`` for text that is no JSON object of this schema.
    """
    return checked_schema(parse_json(text, source), source)


def checked_schema(record: object, source: str) -> dict:
    """``record`` if it is an object of this schema; ``InputError`` names ``source`` otherwise."""
    found = record.get("schema") if isinstance(record, dict) else None
    if found != SCHEMA:
        hint = "; python -m quant.migrate rewrites such files" if found == OLD_SCHEMA else ""
        raise InputError(
            f"{source}: schema is {shown(found)}, this program reads {SCHEMA!r}{hint}"
        )
    return record


def encoded(value: object):
    """A field's value in JSON's own types."""
    if isinstance(value, Document):
        return value.record()
    if is_dataclass(value):
        return {f.name: encoded(getattr(value, f.name)) for f in _written(value)}
    if isinstance(value, Mapping):
        return {key: encoded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return list(value) if _scalars(value) else [encoded(each) for each in value]
    return value


def _hashed(value: object):
    """What :func:`content_of` leaves of the record, with tuples of numbers as they are: JSON has
    the same text for them as for lists, and a long code has hundreds of thousands.
    """
    if is_dataclass(value):
        named = ((f.name, getattr(value, f.name)) for f in _written(value))
    elif isinstance(value, Mapping):
        named = value.items()
    elif isinstance(value, list | tuple):
        return value if _plain(value) else [_hashed(each) for each in value]
    else:
        return value
    content = {"schema": SCHEMA} if isinstance(value, Document) else {}
    return content | {key: _hashed(inner) for key, inner in named if key not in UNHASHED}


def _plain(values: Sequence) -> bool:
    """Whether there are nothing but numbers and texts in lists and tuples, at any depth."""
    types = set(map(type, values))
    return types <= _SCALARS or (types <= {list, tuple} and all(map(_plain, values)))


_SCALARS = frozenset((int, float, str, bool, type(None)))


def _scalars(values: Sequence) -> bool:
    """Whether nothing is nested in ``values``: millions of numbers then pass at once."""
    return _SCALARS.issuperset(map(type, values))


def _written(value: object) -> list[Field]:
    return [
        f for f in fields(value)
        if not (f.metadata.get("optional") and getattr(value, f.name) == f.default)
    ]  # fmt: skip


class Document:
    """What every spec dataclass inherits: its record, content, hash and file.

    A kind is a frozen dataclass with a field ``provenance``, and supplies
    ``arguments(record)``: the constructor's arguments from a record whose schema and set of fields
    are right. Its constructor checks the values. One that holds other specs reads them with
    ``quant.kinds.from_record(record[NAME], NAME)``.
    """

    provenance: dict

    def record(self) -> dict:
        """What the file holds, as JSON types; children as records of their own."""
        own = {f.name: encoded(getattr(self, f.name)) for f in _written(self)}
        del own["provenance"]
        return {"schema": SCHEMA, **own, "sha256": self.sha, "provenance": self.provenance}

    def content(self) -> dict:
        """Everything that decides a bit, as plain JSON types: what the hash covers."""
        return content_of(self.record())

    @cached_property
    def sha(self) -> str:
        """SHA-256 (hex) of the canonical JSON of :meth:`content`."""
        return content_sha(_hashed(self))

    def with_provenance(self, provenance: dict) -> Self:
        """The same spec with another record of how it came about."""
        return replace(self, provenance=provenance)

    def renamed(self, name: str) -> Self:
        """The same spec under another top-level name."""
        return replace(self, name=name)

    def to_json(self) -> str:
        """The file's text: content, hash and provenance, one top-level key a line."""
        lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in self.record().items()]
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def save(self, path: str | Path) -> Path:
        """Write the spec; ``InputError`` if the place cannot be written."""
        return write_atomic(path, self.to_json())

    @classmethod
    def from_record(cls, record: object, source: str = "spec") -> Self:
        """The spec of a parsed record; ``source`` is named in errors.

        Raises ``InputError`` for another schema, a missing field, a value out of range or a hash
        that does not match the content.
        """
        record = checked_schema(record, source)
        try:
            schema.check(cls, SCHEMA, record)
            spec = cls(**cls.arguments(record))
        except InputError as error:
            raise InputError(f"{source}: {error}") from error
        if record["sha256"] != spec.sha:
            raise InputError(f"{source}: sha256 is {shown(record['sha256'])} but the content "
                             f"hashes to {spec.sha!r}")  # fmt: skip
        return spec

    @classmethod
    def from_json(cls, text: str, source: str = "spec") -> Self:
        """:meth:`from_record` of a file's text; also ``InputError`` for broken JSON."""
        return cls.from_record(parse(text, source), source)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a spec file; every fault is an ``InputError`` naming the file."""
        return cls.from_json(read_text(path), str(path))
