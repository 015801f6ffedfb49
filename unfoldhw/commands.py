"""What ``unfoldhw NAME`` runs: one line a command, in the order of the flow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command of the front.

    name : the word after ``unfoldhw``
    module : whose ``main(argv)`` it calls; also ``python -m MODULE``
    group : heading in the list of commands
    words : what it does, for the list
    within : module of the same command for who works on the project, whose texts mean this one
    """

    name: str
    module: str
    group: str
    words: str
    within: str = ""


_FLOW, _MORE, _CHECKS = "the flow", "figures and alternatives", "checks for developers"

COMMANDS = {
    command.name: command
    for command in (
        Command("codes", "model.codes", _FLOW, "codes that come with the package; a code's card"),
        Command("train", "model.train", _FLOW, "train weights, offsets, relaxation in float"),
        Command("fit", "quant.fit", _FLOW, "trained parameters to a spec of integers"),
        Command("search", "quant.search", _FLOW, "find thresholds and levels of small messages"),
        Command("loss", "quant.loss", _FLOW, "what quantisation loses against float, in dB"),
        Command("build", "synth.build", _FLOW,
                "a code or a spec to Verilog, testbench, C model, datasheet", "hw.build"),
        Command("cosim", "sim.cosim", _FLOW, "the Verilog against golden, frame by frame"),
        Command("fer", "sim.fer", _FLOW, "error rates by Monte Carlo, with a plot"),
        Command("report", "synth.report", _FLOW, "area, clock and throughput, placed and routed"),
        Command("explore", "synth.explore", _FLOW, "many builds: rate against area"),
        Command("board", "synth.board", _FLOW, "a bitstream for a board with a serial port"),
        Command("board-host", "sim.board", _FLOW, "frames to that board, error rates live"),
        Command("demo", "synth.demo", _FLOW, "build, cosim, fer and report of one code, one table"),
        Command("cmodel", "quant.cmodel", _MORE, "the C model alone"),
        Command("restarts", "quant.restarts.command", _MORE,
                "let a decoder start again along the code's symmetries"),
        Command("retries", "quant.retry_command", _MORE,
                "let a decoder try hard frames again, with other numbers"),
        Command("best-of", "quant.best_of.command", _MORE,
                "decoders side by side, of whose results the best counts"),
        Command("qat", "quant.qat", _MORE, "train thresholds and levels on the integers"),
        Command("density", "quant.density", _MORE,
                "from what Eb/N0 on a long code decodes, by density evolution"),
        Command("trained", "quant.trained", _MORE, "integers against the trained float model"),
        Command("relaxed", "quant.relaxed", _MORE, "what relaxation by a power of two costs"),
        Command("evaluate", "model.evaluate", _MORE, "trained against plain, in float"),
        Command("reproduce", "model.reproduce", _MORE, "published neural decoders, measured again"),
        Command("ber", "sim.ber", _MORE, "precoders: bit error rates of many, side by side"),
        Command("replay", "sim.replay", _MORE, "look at frames that failed"),
        Command("program", "hw.program", _MORE,
                "a code for a decoder that was built without it"),
        Command("package", "synth.package", _MORE, "files beside the Verilog, with its reports"),
        Command("compare", "synth.compare", _MORE, "reports of several builds in one table"),
        Command("synth-matrix", "synth.matrix", _MORE, "what Yosys makes of it, for ten families"),
        Command("widths", "synth.widths", _MORE, "area by message width"),
        Command("peers", "sim.peers", _MORE, "speed beside other software"),
        Command("migrate", "quant.migrate", _MORE, "specs of an earlier version to today's"),
        Command("equality", "sim.equality", _CHECKS, "C model against golden on many frames"),
        Command("resets", "sim.resets", _CHECKS, "the Verilog with a reset at every cycle"),
        Command("soak", "sim.soak", _CHECKS, "the Verilog over a million frames"),
        Command("reset-state", "synth.reset_state", _CHECKS, "registers without a reset"),
    )
}
"""By name. A module that has a command line and is not here is found by a test."""

SPOKEN = {
    module: f"unfoldhw {command.name}"
    for command in COMMANDS.values() for module in (command.module, command.within) if module
}  # fmt: skip
"""What help and errors call ``python -m MODULE``."""
