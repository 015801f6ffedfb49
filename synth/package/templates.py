"""Texts with places to fill, beside this file: ``NAME.j2``."""

from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined


@cache
def _environment(escape: bool) -> Environment:
    return Environment(
        autoescape=escape, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        undefined=StrictUndefined,
    )  # fmt: skip


def fill(template: str, /, **values: object) -> str:
    """The text ``template``.j2 with ``values``; those of HTML and XML are escaped."""
    text = resources.files(__package__).joinpath(f"{template}.j2").read_text(encoding="utf-8")
    environment = _environment(template.endswith((".html", ".xml", ".svg")))
    return environment.from_string(text).render(values)
