"""The page on experiments: its examples run, one behind the other, as a script does."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "experiments.md"


def test_the_examples_of_the_page_run(tmp_path):
    batch, query = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    inside = "".join(f"    {line}\n" for line in query.splitlines())
    (tmp_path / "script.py").write_text(f"{batch}{inside}")
    found = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert "metric.nodes_reached" in found.stdout
    assert "[100 rows x 4 columns]" in found.stdout
