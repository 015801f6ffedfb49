"""What Verilator and slang complain of in a build folder's Verilog."""

import subprocess
from pathlib import Path

import pyslang

from hw.lib import cell_models
from hw.record import read_record
from hw.verilog.waivers import waivers
from sim import simulators


def verilator(folder: Path, waived: bool = True) -> list[str]:
    """Warnings and errors of ``verilator --lint-only -Wall``; those of cell models do not count."""
    record = read_record(folder, ("top", "verilog"))
    models = [str(cell_models.path_of(name)) for name in record.get("cell_models", ())]
    includes = [f"-I{Path(model).parent}" for model in models]
    waiver = folder / f"{record['name']}.vlt"
    waiver.write_text(waivers(record["verilog"]))
    files = [waiver.name] * waived + [record["verilog"], *models]
    words = ["verilator", "--lint-only", "-Wall", "-Wno-fatal", *includes,
             "--top-module", record["top"], *files]  # fmt: skip
    with simulators.get("verilator").active():
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("%")]
    assert done.returncode == 0 or lines, done.stderr
    return [line for line in lines if not any(place[2:] in line for place in includes)]


def slang(folder: Path) -> list[str]:
    """Warnings and errors of slang with all of its warnings on."""
    record = read_record(folder, ("top", "verilog"))
    path = folder / record["verilog"]
    driver = pyslang.driver.Driver()
    driver.addStandardArgs()
    models = " ".join(f"-v {cell_models.path_of(name)}" for name in record.get("cell_models", ()))
    if not driver.parseCommandLine(f"slang -Weverything --top {record['top']} {models} {path}"):
        raise AssertionError("slang refuses its arguments")
    assert driver.processOptions() and driver.parseAllSources()
    compilation = driver.createCompilation()
    client = pyslang.TextDiagnosticClient()
    driver.diagEngine.clearClients()
    driver.diagEngine.addClient(client)
    for diagnostic in compilation.getAllDiagnostics():
        driver.diagEngine.issue(diagnostic)
    return [line for line in client.getString().splitlines() if f"{path.name}:" in line]
