"""Names that come from files: what they may be, once, for every document.

A checked name goes into comments of generated C++, Verilog and Tcl, into reports, plots and
terminals; an identifier also into their code; a file name is joined to a folder.
"""

import re
from pathlib import PurePath

from model.errors import InputError
from model.printable import shown

LONGEST_NAME = 64
_NOT_IN_NAMES = "\\/\"'`$<>|;&{}"
_KEYWORDS = frozenset(
    """
    always always_comb always_ff always_latch and assert assign assume automatic before begin bind
    bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos
    config const constraint context continue cover covergroup coverpoint cross deassign default
    defparam design disable dist do edge else end endcase endchecker endclass endclocking endconfig
    endfunction endgenerate endgroup endinterface endmodule endpackage endprimitive endprogram
    endproperty endsequence endspecify endtable endtask enum event expect export extends extern
    final first_match for force foreach forever fork forkjoin function generate genvar global
    highz0 highz1 if iff ifnone ignore_bins illegal_bins implements import incdir include initial
    inout input inside instance int integer interface intersect join join_any join_none large let
    liblist library local localparam logic longint macromodule matches medium modport module nand
    negedge new nmos nor noshowcancelled not notif0 notif1 null or output package packed parameter
    pmos posedge primitive priority program property protected pull0 pull1 pulldown pullup pure
    rand randc randcase randsequence rcmos real realtime ref reg release repeat restrict return
    rnmos rpmos rtran rtranif0 rtranif1 scalared sequence shortint shortreal showcancelled signed
    small soft solve specify specparam static string strong strong0 strong1 struct super supply0
    supply1 table tagged task this time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1
    triand trior trireg type typedef union unique unique0 unsigned until use uwire var vectored
    virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor
    """.split()
)
"""Reserved words of Verilog and SystemVerilog (IEEE 1800-2017, annex B), shortened by those that
are no name that anybody gives a decoder (``s_until_with`` and the like)."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def _fault(value: object) -> str | None:
    """What keeps ``value`` from being a name, or None."""
    if not isinstance(value, str):
        return "must be a text"
    if not value or len(value) > LONGEST_NAME:
        return f"has {len(value)} characters, a name has 1 to {LONGEST_NAME}"
    if not value.isprintable():
        return "holds a character that cannot be printed"
    bad = next((c for c in value if c in _NOT_IN_NAMES), None)
    if bad is not None:
        return f"holds {bad!r}, a name has none of {_NOT_IN_NAMES}"
    if value != value.strip() or ".." in value:
        return "begins or ends with a space, or holds '..'"
    return None


def checked_name(place: str, value: object) -> str:
    """Return ``value`` if it is a name for people: printable, one line, 1 to 64 characters, without
    quotes, slashes, ``$`` and redirections. ``InputError`` names ``place`` otherwise.
    """
    fault = _fault(value)
    if fault is not None:
        raise InputError(f"{place}: {shown(value)} {fault}")
    return value


def checked_identifier(place: str, value: object) -> str:
    """Return ``value`` if it is an identifier of C and Verilog of at most 64 characters."""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise InputError(f"{place} {shown(value)} is not a Verilog identifier")
    if value in _KEYWORDS:
        raise InputError(f"{place} {value!r} is a reserved word of Verilog, not an identifier")
    if len(value) > LONGEST_NAME:
        raise InputError(f"{place} {shown(value)} has {len(value)} characters, at most "
                         f"{LONGEST_NAME} are allowed")  # fmt: skip
    return value


def checked_file_name(place: str, value: object) -> str:
    """Return ``value`` if it names a file beside the document: a name without folders or ``..``."""
    name = checked_name(place, value)
    if name.startswith((".", "-")):
        raise InputError(f"{place}: {name!r} begins with {name[0]!r}: no file name here")
    return name


def name_of_file(path: str) -> str:
    """A name for what is in the file: its stem, with ``_`` for what no name can hold."""
    stem = "".join(
        "_" if not c.isprintable() or c in _NOT_IN_NAMES else c for c in PurePath(path).stem
    )
    name = re.sub(r"\.\.+", "_", stem).strip()[:LONGEST_NAME].strip()
    return name or "code"
