"""Plain Verilog identifiers for the names of RTLIL, which have dots, dollars and brackets."""

import re

_NUMBERED = re.compile(r"^(.*?)((?:\$\d+)*)$")

# Of Verilog-2005, of SystemVerilog, whose tools read Verilog too, and VHDL's that are likely names.
KEYWORDS = frozenset(
    """
    accept_on alias always always_comb always_ff always_latch and assert assign assume automatic
    before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle
    checker class clocking cmos config const constraint context continue cover covergroup
    coverpoint cross deassign default defparam design disable dist do edge else end endcase
    endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface
    endmodule endpackage endprimitive endprogram endproperty endspecify endsequence endtable
    endtask enum event eventually expect export extends extern final first_match for force foreach
    forever fork forkjoin function generate genvar global highz0 highz1 if iff ifnone ignore_bins
    illegal_bins implements implies import incdir include initial inout input inside instance int
    integer interconnect interface intersect join join_any join_none large let liblist library
    local localparam logic longint macromodule matches medium modport module nand negedge nettype
    new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package packed
    parameter pmos posedge primitive priority program property protected pull0 pull1 pulldown
    pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real
    realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1
    s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal
    showcancelled signed small soft solve specify specparam static string strong strong0 strong1
    struct super supply0 supply1 sync_accept_on sync_reject_on table tagged task this throughout
    time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type
    typedef union unique unique0 unsigned until until_with untyped use uwire var vectored virtual
    void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor
    entity architecture signal process buffer port map array range record others open
    """.split()
)


class Names:
    """The identifiers of one scope, each given once."""

    def __init__(self):
        self._taken: set[str] = set()

    def give(self, name: str) -> str:
        """One for an RTLIL name: without the numbers at its end if that is free."""
        if name.startswith("$"):  # of the back end, without a name in the design
            return self._free("_" + re.sub(r"\W", "_", name[1:]) + "_", "")
        if re.fullmatch(r"\\port\$\d+", name):  # of a net without a name (hw.verilog.deduplicate)
            return self._free(name[1:].replace("$", "_"), "")
        stem, numbers = _NUMBERED.match(name.lstrip("\\")).groups()
        return self._free(identifier(stem.lstrip("$")), re.sub(r"\$", "_", numbers))

    def _free(self, stem: str, numbers: str) -> str:
        found = stem
        if found in self._taken:
            found = stem = f"{stem.rstrip('_')}{numbers}" if numbers else stem
        count = 1
        while found in self._taken:
            count += 1
            found = f"{stem}_{count}"
        self._taken.add(found)
        return found


def identifier(text: str) -> str:
    """Letters, digits and underlines, and no keyword."""
    text = re.sub(r"\W", "_", re.sub(r"\]", "", text)) or "unnamed"
    text = f"_{text}" if text[0].isdigit() else text
    return f"{text}_" if text in KEYWORDS else text


def module_name(*path: str) -> str:
    """Of the module at a path of instances, the top module first; numbers are no part of it."""
    return identifier("_".join(path))
