"""The ports of a design for people and tools: their usual order, and which are one interface.

Vivado's block design reads attributes of ports (AMD UG1118, "Creating and Packaging Custom IP",
and UG994, "Designing IP Subsystems": inferring interfaces from HDL): ``X_INTERFACE_INFO`` is
"vendor:library:interface:version name signal", ``X_INTERFACE_PARAMETER`` what belongs to it.
"""

import re
from collections.abc import Iterable

CLOCK, RESET = "clk", "rst"
"""Rising edge; synchronous, active high."""
_STREAM = re.compile(r"(\w+)_(tdata|tvalid|tready|tlast|tuser|tkeep|tstrb|tid|tdest)")
_AXIS, _MAPPED = "xilinx.com:interface:axis:1.0", "xilinx.com:interface:aximm:1.0"


def streams(ports: Iterable[str]) -> dict[str, dict[str, str]]:
    """AXI4-Streams by name, inputs (``s_``) first: of each the ports by their signal."""
    found: dict[str, dict[str, str]] = {}
    for port in ports:
        match = _STREAM.fullmatch(port)
        if match:
            found.setdefault(match[1], {})[match[2]] = port
    return dict(sorted(found.items(), key=lambda item: not item[0].startswith("s_")))


LITE = (
    "awaddr", "awvalid", "awready", "wdata", "wstrb", "wvalid", "wready", "bresp", "bvalid",
    "bready", "araddr", "arvalid", "arready", "rdata", "rresp", "rvalid", "rready",
)  # fmt: skip
"""Signals of AXI4-Lite."""


def lite(ports: Iterable[str]) -> dict[str, dict[str, str]]:
    """AXI4-Lite interfaces by name: of each the ports by their signal."""
    ports = {*ports}
    names = sorted(port.removesuffix("_awaddr") for port in ports if port.endswith("_awaddr"))
    found = {name: {signal: f"{name}_{signal}" for signal in LITE} for name in names}
    return {name: of for name, of in found.items() if {*of.values()} <= ports}


def ordered(ports: Iterable[str]) -> list[str]:
    """Clock and reset, streams into the design, streams out of it, the rest."""
    ports = [*ports]
    first = [port for port in (CLOCK, RESET) if port in ports]
    first += [port for stream in streams(ports).values() for port in stream.values()]
    return first + [port for port in ports if port not in first]


def attributes(ports: Iterable[str]) -> dict[str, dict[str, str]]:
    """For Vivado, by port: each stream an interface, with the clock and reset of all."""
    ports = [*ports]
    kinds = {_AXIS: streams(ports), _MAPPED: lite(ports)}
    found = {
        port: {"X_INTERFACE_INFO": f"{kind} {name} {signal.upper()}"}
        for kind, interfaces in kinds.items()
        for name, signals in interfaces.items()
        for signal, port in signals.items()
    }
    for name, signals in lite(ports).items():
        found[signals["awaddr"]]["X_INTERFACE_PARAMETER"] = (
            f"XIL_INTERFACENAME {name}, PROTOCOL AXI4LITE"
        )
    names = [name for interfaces in kinds.values() for name in interfaces]
    if CLOCK in ports:
        associated = [f"ASSOCIATED_BUSIF {':'.join(names)}"] if names else []
        associated += [f"ASSOCIATED_RESET {RESET}"] if RESET in ports else []
        found[CLOCK] = {"X_INTERFACE_INFO": f"xilinx.com:signal:clock:1.0 {CLOCK} CLK"}
        if associated:
            found[CLOCK]["X_INTERFACE_PARAMETER"] = ", ".join(associated)
    if RESET in ports:
        found[RESET] = {
            "X_INTERFACE_INFO": f"xilinx.com:signal:reset:1.0 {RESET} RST",
            "X_INTERFACE_PARAMETER": "POLARITY ACTIVE_HIGH",
        }
    return found
