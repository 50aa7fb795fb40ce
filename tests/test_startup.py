"""What a run loads on its way to the first step: nothing that only results need."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "sklearn", "solara", "IPython", "matplotlib", "pandas", "pyarrow", "scipy"}
LOADED = "print(*{name.partition('.')[0] for name in sys.modules})"
RUN = f"""
import os, sys
from vesicle_abm.cli import main
from vesicle_abm.model import VesicleModel

def begin(model):
    {LOADED}
    sys.stdout.flush()
    os._exit(0)

VesicleModel.step = begin
main(["run", sys.argv[1], "--out", sys.argv[2]])
"""
MESA_AND_NUMBA = f"""
import sys
import mesa, numba
numba.njit(lambda: 1)()
{LOADED}
"""


def loaded(script: str, *arguments: str) -> set[str]:
    """The heavy packages that are loaded when the script says so."""
    command = [sys.executable, "-c", script, *arguments]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "numpy" in found.stdout.split(), found.stderr
    return HEAVY & set(found.stdout.split())


@pytest.mark.parametrize("scenario", ["worm_wireless", "vesicles_or_broadcast"])
def test_a_run_loads_nothing_heavy_before_its_first_step_but_what_mesa_and_numba_load(tmp_path, scenario):
    found = loaded(RUN, scenario, str(tmp_path / "run"))
    assert found <= loaded(MESA_AND_NUMBA)
    assert not found & {"torch", "sklearn", "solara", "IPython", "matplotlib"}
