"""Verilog is data, too: what a text from a build folder must not say to the tools it is given to.

Simulators and synthesis tools do what a Verilog text asks for: run programs (``$system``), read and
write files (``$readmemh``, ```include``), call functions of libraries (``import "DPI-C"``), or read
something else than the next tool does (comments such as ``translate_off``). Our emitter writes none
of that. The hash in build.json proves nothing, since whoever changes the text can change the hash.
"""

import re

from model.errors import InputError

MOST_BYTES = 256 << 20
"""Largest Verilog file; five default decoders are 2 MB."""

FUNCTIONS = frozenset({"$signed", "$unsigned"})
"""All system functions that the emitter writes."""

_KEYWORDS = (
    "bind", "chandle", "checker", "class", "config", "export", "extern", "import", "library",
    "package", "program",
)  # fmt: skip
_TO_TOOLS = (
    "verilator", "synopsys", "synthesis", "pragma", "ambit", "cadence", "coverage", "exemplar",
    "translate_off", "translate_on", "vcs",
)  # fmt: skip
"""First words of comments that a tool reads."""

# Some tools take an escaped name for the system task of that name.
_TASKS = re.compile(
    r"\$(?:[fs]?(?:display|write|strobe|monitor)[bho]?|s?(?:read|write)mem[bh]|[fs]?(?:scanf|format"
    r"f?)|monitor(?:on|off)|f(?:open|close|flush|read|seek|tell|eof|error|getc|gets)|ungetc|rewind|"
    r"s?random|urandom\w*|dist_\w+|(?:test|value)\$plusargs|dump\w*|sdf_annotate|finish|stop|exit|"
    r"fatal|error|warning|info|system|sigsystem|c\d*|cpure\d*|input|key|nokey|log|nolog|save|"
    r"restart|incsave|reset\w*|list|scope|showscopes|showvars|getpattern|clog2|ivl\w*|vhdl\w*|"
    r"(?:s|real|abs)?time|simtime|deposit|force|release|psprintf|sreadmem[bh]|table_model\S*)"
)
_TOKEN = re.compile(
    r"""(?P<block>/\*.*?(?:\*/|\Z))
      | (?P<line>//[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\[^\n])*(?P<end>"|(?=\n)|\Z)(?P<again>"?))
      | (?P<escaped>\\\S*)
      | (?P<directive>`\w*)
      | (?P<system>(?<![\w$])\w*\$[\w$]*)
      | (?P<keyword>\b(?:"""
    + "|".join(_KEYWORDS)
    + r""")\b)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ODD = re.compile(r"[^\n\t\x20-\x7e]")


def check(text: str, source: str) -> None:
    """Raise ``InputError``, which names ``source`` and the line, for what no design here says.

    Refused: system tasks and functions but ``FUNCTIONS``, compiler directives, anything of
    ``_KEYWORDS``, comments that are meant for a tool, and whatever tools could read differently
    from this function: characters beyond printable ASCII, strings that do not end on their line or
    begin where another ends, comments without end.
    """
    fault = _first_fault(text)
    if fault is not None:
        place, what = fault
        line = text.count("\n", 0, place) + 1
        raise InputError(f"{source}: line {line}: {what}")


def _first_fault(text: str) -> tuple[int, str] | None:
    odd = _ODD.search(text)
    for match in _TOKEN.finditer(text):
        if odd is not None and odd.start() < match.start():
            break
        what = _fault(match)
        if what is not None:
            return match.start(), what
    return None if odd is None else (odd.start(), f"{odd[0]!r} is no character of a Verilog text")


def _fault(match: re.Match) -> str | None:
    """What is wrong with a token, or None."""
    kind, token = match.lastgroup, match[0]
    if kind in ("end", "again"):
        kind = "string"
    if kind in ("block", "line"):
        if kind == "block" and not (len(token) >= 4 and token.endswith("*/")):
            return "a comment without end"
        words = token[2:].split(None, 1)
        if words and re.split(r"\W", words[0].lower())[0] in _TO_TOOLS:
            return f"a comment for a tool: {token[:40]!r}"
    elif kind == "string":
        if not match["end"]:
            return "a string that does not end on its line"
        if match["again"]:
            return "a string that begins where another ends"
    elif kind == "escaped":
        if "`" in token:
            return f"a compiler directive in a name: {token[:40]!r}"
        if _TASKS.fullmatch(token, 1):
            return f"{token[:40]!r} is the name of a system task"
    elif kind == "directive":
        return f"compiler directive {token[:40]!r} is not allowed"
    elif kind == "system":
        if token not in FUNCTIONS:
            return f"system task or function {token[:40]!r} is not allowed"
    else:
        return f"keyword {token!r} is not allowed"
    return None
