"""The example of docs/networks.md runs, and does what the page says."""

import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"


def test_the_example_runs_and_its_error_vesicles_lower_the_loss(tmp_path, monkeypatch, capsys):
    """From about ln 2 of a network that knows nothing; the biases alone cannot tell noise apart, but the shares."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(code, "docs/networks.md", "exec"), names)
    first = torch.nn.functional.cross_entropy(names["before"], names["y"]).item()
    assert names["loss"].item() < first
    told, counts = capsys.readouterr().out.split(" ", 1)
    assert float(told) == names["loss"].item()
    assert "'born'" in counts
    assert (tmp_path / "population.pt").stat().st_size > 1000
