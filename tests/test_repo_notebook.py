"""The notebook of the tutorial runs from its first cell to its last, as a script and as itself."""

import json
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from pages import ROOT

NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"


def cells() -> list[str]:
    return [c["source"] for c in nbformat.read(NOTEBOOK, 4).cells if c["cell_type"] == "code"]


def test_it_is_a_notebook_without_results():
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    nbformat.validate(content)
    assert all(not cell.get("outputs") for cell in content["cells"])
    for source in cells():
        compile(source, "cell", "exec")


@pytest.mark.slow
def test_it_runs_as_a_script(tmp_path):
    (tmp_path / "script.py").write_text("\n".join(cells()))
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the notebook server's own event loop
def test_it_runs_as_a_notebook(tmp_path):
    run = nbformat.read(NOTEBOOK, 4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(run, timeout=900, kernel_name="python3", resources=resources).execute()
    shown = [o for cell in run.cells for o in cell.get("outputs", ())]
    assert sum("image/png" in output.get("data", {}) for output in shown) == 2
    assert any("bit-exact on 20 frames" in output.get("text", "") for output in shown)
