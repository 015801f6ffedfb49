"""The shape of spec files as JSON Schema (draft 7), made from the specs' dataclasses.

The loader checks every file against it before anything is made of it; what numbers may be is then
the dataclasses' own affair. It is published as ``docs/spec.schema.json``.
"""

import dataclasses
import json
import types
import typing
from functools import cache
from pathlib import Path

import fastjsonschema

from model.errors import InputError
from model.files import write_atomic
from model.printable import shown

DRAFT = "http://json-schema.org/draft-07/schema#"
_PLAIN = {int: "integer", float: "number", bool: "boolean", str: "string", dict: "object"}
_WORDS = {
    "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "string": "a text", "array": "a list", "object": "a JSON object", "null": "null",
}  # fmt: skip


def of(kind: type, schema: str) -> dict:
    """JSON Schema of the records of a spec's dataclass; ``schema`` is their version."""
    found = _object(kind)
    found["properties"] |= {
        "schema": {"const": schema},
        "sha256": {"type": "string"},
        "provenance": {"type": "object", "description": "how it came about; decides no bit"},
    }
    found["required"] = ["schema", "sha256", *found["required"]]
    return {"$schema": DRAFT, "title": kind.__name__, **found}


def _object(kind: type) -> dict:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "properties": {field.name: _of_type(hints[field.name]) for field in fields},
        "required": [
            field.name for field in fields
            if not field.metadata.get("optional") and field.name != "provenance"
        ],
        "additionalProperties": False,
    }  # fmt: skip


def _of_type(kind) -> dict:
    from quant.document import Document

    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if isinstance(kind, types.UnionType):
        return {"anyOf": [_of_type(each) for each in typing.get_args(kind)]}
    if kind is type(None):
        return {"type": "null"}
    if typing.get_origin(kind) is tuple:
        first, *others = typing.get_args(kind)
        if others == [...]:
            return {"type": "array", "items": _of_type(first)}
        parts = [_of_type(each) for each in (first, *others)]
        return {"type": "array", "items": parts, "minItems": len(parts), "maxItems": len(parts)}
    if isinstance(kind, type) and issubclass(kind, Document):  # it is read as a file of its own
        return {}
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    return {}


@cache
def _check_of(kind: type, schema: str):
    return fastjsonschema.compile(of(kind, schema), use_default=False)


def check(kind: type, schema: str, record: dict) -> None:
    """``InputError`` names field and value of the first that is not as the schema has it."""
    try:
        _check_of(kind, schema)(record)
    except fastjsonschema.JsonSchemaValueException as error:
        raise InputError(_sentence(error)) from None


def _sentence(error: fastjsonschema.JsonSchemaValueException) -> str:
    place = "".join(
        f"[{part}]" if part.isdigit() else f".{part}" for part in map(str, error.path[1:])
    ).removeprefix(".")
    inside = f"{place}." if place else ""
    if error.rule == "required":
        missing = next(name for name in error.rule_definition if name not in error.value)
        return f"field '{inside}{missing}' is missing"
    if error.rule == "additionalProperties":
        unknown = next(n for n in error.value if n not in error.definition["properties"])
        return f"field '{inside}{unknown}' is unknown"
    return f"{place} is {shown(error.value)}, must be {_words_of(error.definition)}"


def _words_of(definition: dict) -> str:
    if "anyOf" in definition:
        return " or ".join(map(_words_of, definition["anyOf"]))
    if "const" in definition:
        return repr(definition["const"])
    words = _WORDS[definition["type"]]
    many = definition.get("minItems")
    return f"{words} of {many}" if many else words


def published() -> str:
    """Text of the schema of all kinds of the families that are shipped."""
    from model import families
    from quant.document import SCHEMA

    kinds = {}
    for family in families.OWN:
        spec = families.find(family, "SPEC")
        for kind in family.kinds if spec is not None else ():
            kinds[kind] = of(spec, SCHEMA)
            kinds[kind]["properties"] |= {"kind": {"const": kind}}
            del kinds[kind]["$schema"]
    whole = {"$schema": DRAFT, "title": "unfoldhw spec", "oneOf": list(kinds.values())}
    return json.dumps(whole, indent=1) + "\n"


def main() -> int:
    """Write the published file anew."""
    place = Path(__file__).resolve().parent.parent / "docs" / "spec.schema.json"
    print(write_atomic(place, published()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
