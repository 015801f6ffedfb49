"""Pins for the ports of a design, as a constraints file: nextpnr-nexus places no port by itself.

A design is measured alone here; a board has pins of its own. Those that configure the device are
left out (pin tables of Project Oxide, LIFCL-40, iodb.json).
"""

import re

from model.errors import InputError

_PACKAGES = {
    "BG400": (
        "K3",
        """D10 D9 D7 D8 D6 D5 D4 D3 E10 E9 E7 E8 E4 E3 E2 F1 J2 J1 K2 K1 K4 K5 K6 K7 K8 L1 L2 L5 L6
        L7 L8 M2 M3 M4 M5 M6 M7 N4 N5 N6 N7 P1 P2 P5 P6 R1 R2 R3 R4 W19 Y19 V18 V19 T18 U18 W20
        V20 U20 T20 R17 R18 P17 P18 P19 P20 N19 N20 M19 M20 M17 M18 N15 N16 M16 M15 N14 M14 L20
        L19 L16 L15 L13 L14 G14 G15 F18 F16 F14 F13 G13 E17""",
        """U1 T1 V1 W1 Y2 Y3 R5 Y5 R6 W5 T6 U6 R7 T7 V6 U7 W6 W7 Y6 V7 P7 P8 R8 T8 Y7 Y8 R9 P9 P10
        R10 W8 V9 W9 T10 Y9 T11 U10 V10 W10 Y10 P11 R11 W11 Y11 V11 U11 Y12 W12 W13 U12 V12 T12
        R12 P12 Y13 Y14 V14 U14 P13 R13 W14 W15 T13 T14 Y15 U15 Y16 V16 V17 U16 Y17 W17 W18 Y18""",
    ),
    "MG289": (
        "H7",
        """D7 D6 E7 E6 D4 D5 E5 E4 F7 F6 H3 H4 G7 G6 H8 H1 J1 H5 H6 J7 J6 J2 J3 J4 J5 K1 K2 L1 L2
        K6 K7 L4 L5 L7 L6 M3 M4 M1 M2 N3 N2 P1 N1 L13 L12 L11 L10 K11 K10 K17 K16 J17 J16 J15 J14
        J13 J12 J11 J10 H11 H12 H13 H14 H15 H16 G17 H17 G11 G10 G13 G12 G16 G15 F16 F17 E14 E16
        E15 D17""",
        """N4 M5 T1 R1 T2 U2 R2 T3 P2 U3 R5 T4 R4 P4 N5 P5 U4 U6 U5 T6 N6 P6 U7 U8 T7 R7 T8 T9 P7
        N7 P8 N8 U9 T10 U10 R10 P9 N9 T11 U11 M9 N10 R11 R12 P10 N11 M12 M11 P11 T12 P12 T13 N12
        N13 U13 U12 T14 U14 M13 M14 N14 M15 P15 N15 R15 U15 T15 U16 T17 T16 R17 R16 P16 P17""",
    ),
}
"""By package: a clock pin, pins of wide-range banks, of high-performance banks (1.8 V at most)."""
_CLOCK = "clk"
_NAME = re.compile(r"\w[\w.$]*")


def package_of(device: str) -> str:
    """BG400 of LIFCL-40-9BG400C."""
    return next(package for package in _PACKAGES if package in device)


def pins_of(package: str) -> list[tuple[str, str]]:
    """Pin and I/O standard, in the order in which ports get them; the first is the clock's."""
    clock, wide_range, high_performance = _PACKAGES[package]
    wide = [(pin, "LVCMOS33") for pin in (clock, *wide_range.split())]
    return wide + [(pin, "LVCMOS18H") for pin in high_performance.split()]


def nexus_constraints(module: dict, device: str) -> str:
    """Lines of a ``.pdc`` for all port bits of ``module`` (Yosys JSON); there are pins enough."""
    names = [name for port, content in module["ports"].items() for name in _bits(port, content)]
    names.sort(key=lambda name: name != _CLOCK)
    pins = pins_of(package_of(device))
    if _CLOCK not in names:
        pins = pins[1:]
    lines = []
    for name, (pin, standard) in zip(names, pins, strict=False):
        lines.append(f"ldc_set_location -site {{{pin}}} [get_ports {{{name}}}]\n")
        lines.append(f"ldc_set_port -iobuf {{IO_TYPE={standard}}} [get_ports {{{name}}}]\n")
    return "".join(lines)


def _bits(port: str, content: dict) -> list[str]:
    """What nextpnr calls the bits of a port."""
    if not _NAME.fullmatch(port):
        raise InputError(f"port {port!r} has a name that a constraints file cannot hold")
    width, first = len(content["bits"]), content.get("offset", 0)
    if width == 1 and not first:
        return [port]
    return [f"{port}[{first + i}]" for i in range(width)]
