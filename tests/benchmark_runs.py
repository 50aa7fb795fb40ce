"""Running a benchmark script as a user does, in small worlds."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def quick_run(script: str, folder: Path, *arguments: str, path: str = os.environ["PATH"]) -> tuple[dict, str]:
    """The JSON of one quick run, and what it printed."""
    file = folder / "report.json"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": path}
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--quick", "--json", str(file), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text()), done.stdout
