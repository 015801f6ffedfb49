"""What a design's Verilog is not to be warned of: one list, written beside it for Verilator."""

WAIVED = {"DECLFILENAME": "all modules of a design are in one file"}
"""Rules of ``verilator -Wall`` and why they do not count."""


def waivers(verilog: str) -> str:
    """A configuration file of Verilator for the file ``verilog``: ``verilator --lint-only -Wall
    NAME.vlt NAME.v`` says nothing."""
    rules = (f'// {why}\nlint_off -rule {rule} -file "*{verilog}"\n'
             for rule, why in WAIVED.items())  # fmt: skip
    return "`verilator_config\n" + "".join(rules)
