"""A board's pins and clocks, as the tools of its family read them."""

from hw.board.boards import Board


def lpf(board: Board) -> str:
    """For nextpnr-ecp5; a PLL's clock follows from that of its pin."""
    lines = [f'FREQUENCY PORT "clk" {board.clock_hz / 1e6:g} MHZ;']
    for port, site in board.sites():
        more = board.attributes.get(port.split("[")[0], "")
        lines.append(f'LOCATE COMP "{port}" SITE "{site}";')
        lines.append(f'IOBUF PORT "{port}" IO_TYPE={board.standard} {more}'.rstrip() + ";")
    return _about("#", board) + "\n".join(lines) + "\n"


def pdc(board: Board) -> str:
    """For nextpnr-nexus, which takes the clock from its command line."""
    lines = []
    for port, site in board.sites():
        more = board.attributes.get(port.split("[")[0], "")
        settings = f"IO_TYPE={board.standard} {more}".rstrip()
        lines.append(f"ldc_set_location -site {{{site}}} [get_ports {{{port}}}]")
        lines.append(f"ldc_set_port -iobuf {{{settings}}} [get_ports {{{port}}}]")
    return _about("#", board) + "\n".join(lines) + "\n"


def _about(mark: str, board: Board) -> str:
    return f"{mark} {board.title}; pins: {board.source}\n"
