"""Without torch the names of training say what to install."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["Trainable", "train", "GaussianPolicy", "PolicyGradient"])
def test_where_torch_is_missing_the_extra_is_named(name):
    code = "import sys; sys.modules['torch'] = None\nimport vesicle_abm as va\n"
    code += f"try:\n    va.{name}\nexcept ImportError as error:\n    print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        'vesicle_abm.learning needs torch, which is not installed: pip install "vesicle-abm[learn]"'
    )
