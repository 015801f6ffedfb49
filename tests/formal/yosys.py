"""``yosys -ql LOG SCRIPT`` by the native Python module: what SymbiYosys runs."""

import sys

from pyosys import libyosys

log, script = sys.argv[2:4]
design = libyosys.Design()
libyosys.run_pass(f"tee -o {log} script {script}", design)
