"""The example of docs/training.md runs, and does what the page says."""

import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import vesicle_abm as va  # noqa: E402
from vesicle_abm.learning import losses  # noqa: E402

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_example_runs_and_most_parcels_arrive(tmp_path, monkeypatch, capsys):
    """7 edges: at best 0.95**6 of 100 are not taken up on the way, 73.5; agents are binomial around the field."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(code, "docs/training.md", "exec"), names)
    assert names["before"] < 10.0
    assert 45.0 < names["after"] < 73.5
    told = capsys.readouterr().out.splitlines()
    assert abs(int(told[1].split()[-1]) - names["after"]) < 4.5 * 5.0  # sqrt(100 p (1 - p)) <= 5
    assert va.Scenario.load(tmp_path / "trained.toml").build().graph.size == 8


def test_every_loss_stands_on_the_page():
    own = [name for name, value in vars(losses).items() if getattr(value, "__module__", "") == losses.__name__]
    assert len(own) > 6
    assert [name for name in own if f"`{name}(" not in PAGE and name not in ("squared", "numbers")] == []
