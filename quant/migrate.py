"""``python -m quant.migrate``: spec files of the schema before this one, rewritten in place.

Schema 1 hashed names as well, so that equal decoders had different hashes. Nothing that decides a
bit changes; the old hash stays in the provenance, as ``sha256_of_schema_1``.
"""

from collections.abc import Sequence
from pathlib import Path

from model import cli
from model.errors import InputError
from model.files import read_text, write_atomic
from model.json_text import parse_json
from quant import document, kinds
from quant.fields import shown

EXAMPLE = """example:
  python -m quant.migrate my_spec.json build/old/spec.json
"""
KEPT = "sha256_of_schema_1"


def migrated(text: str, source: str):
    """The spec in a file's text of either schema; ``InputError`` names ``source``."""
    record = parse_json(text, source)
    if not isinstance(record, dict) or record.get("schema") != document.OLD_SCHEMA:
        return kinds.from_record(record, source)
    hashed = {k: v for k, v in record.items() if k not in ("sha256", "provenance")}
    found, due = record.get("sha256"), document.content_sha(hashed)
    if found != due:
        raise InputError(f"{source}: sha256 is {shown(found)} but the content hashes to {due!r}")
    provenance = record.get("provenance", {})
    if not isinstance(provenance, dict):
        raise InputError(f"{source}: provenance is {shown(provenance)}, must be a JSON object")
    record = {**hashed, "schema": document.SCHEMA, "provenance": {**provenance, KEPT: found}}
    sha = document.content_sha(document.content_of(record))
    return kinds.from_record({**record, "sha256": sha}, source)


def main(argv: Sequence[str] | None = None) -> int:
    """Rewrite every file, after all of them were read."""
    p = cli.Parser(
        prog="python -m quant.migrate",
        description="Rewrite spec files of an earlier schema; the decoders stay the same.",
        epilog=EXAMPLE,
    )
    p.add_argument("files", nargs="+", type=Path, metavar="FILE", help="spec files")
    args = p.parse_args(argv)
    texts = {path: read_text(path) for path in args.files}
    specs = {path: migrated(text, str(path)) for path, text in texts.items()}
    for path, spec in specs.items():
        changed = spec.to_json()
        print(f"{path}: {spec.sha}" + ("" if changed != texts[path] else " (as it was)"))
        if changed != texts[path]:
            write_atomic(path, changed)
    return 0


if __name__ == "__main__":
    cli.run(main)
