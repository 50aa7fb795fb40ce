"""The package without torch: it needs none, and the torch layer says what to install."""

import subprocess
import sys

BLOCK = "import sys; sys.modules['torch'] = None\n"


def told(code):
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_package_and_its_commands_import_no_torch():
    code = """
import sys
import vesicle_abm as va
from vesicle_abm.cli import main
main(["list"])
main(["check", "random_walk"])
va.VesicleModel(va.NeuralGraph(range(2), [0], [1]), {"v": va.Kind()}).step()
print("torch" in sys.modules)
"""
    assert told(code).endswith("False")


def test_where_torch_is_missing_the_extra_is_named():
    code = """
try:
    from vesicle_abm import networks
except ImportError as error:
    print(error)
"""
    assert told(BLOCK + code) == (
        'vesicle_abm.networks needs torch, which is not installed: pip install "vesicle-abm[learn]"'
    )


def test_the_rest_works_where_torch_is_missing():
    assert told(BLOCK + "import vesicle_abm as va; print(va.Kind().absorb)") == "1.0"
