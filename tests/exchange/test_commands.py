"""The commands ``export`` and ``import``, as one types them; and the package where NIR and Neo are missing."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.cli import main, parser

NET = """
question = "What does it do?"
expect = "It fires."
steps = 50
[graph.populations]
exc = { size = 3 }
inh = { size = 2 }
[[graph.projections]]
source = "exc"
target = "inh"
weight = 4.5
[kinds.dopamine]
lifetime = 9
[neurons]
rule = "lif"
bias = 21.0
"""
DOCS = Path(__file__).parents[2] / "docs" / "exchange.md"


def test_a_scenario_goes_out_and_comes_in_and_runs_alike(tmp_path, monkeypatch, capsys):
    pytest.importorskip("nir")
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text(NET, encoding="utf-8")
    assert main(["export", "net.toml", "--to", "net.nir"]) == 0
    told = capsys.readouterr().out
    assert "5 neurons" in told
    assert "not in NIR: vesicles of kind 'dopamine'" in told
    assert main(["import", "net.nir", "--to", "again.toml"]) == 0
    assert "exc: LIF, 3 neurons" in capsys.readouterr().out
    assert main(["check", "again.toml"]) == 0
    first, second = (va.Scenario.load(name).build() for name in ("net.toml", "again.toml"))
    for model in (first, second):
        model.run_for(60)
    assert np.array_equal(first.state.cells["fired"], second.state.cells["fired"])
    assert np.array_equal(first.state.cells["v"], second.state.cells["v"])
    assert va.from_nir("net.nir").scenario["kinds"]["dopamine"]["lifetime"] == 9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("export net.toml --to net.h5", "a path that ends in .nir is allowed"),
        ("export net.toml --to nowhere/net.nir", "cannot be written"),
        ("export distal_reward --to net.nir", "no node for rule = 'izhikevich'"),
        ("import net.toml --to other.toml", "holds no NIR graph"),
        ("import gone.nir --to other.toml", "no file 'gone.nir'"),
    ],
)
def test_what_the_commands_cannot_do_is_said_in_a_line(words, said, tmp_path, monkeypatch, capsys):
    pytest.importorskip("nir")
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text(NET, encoding="utf-8")
    assert main(words.split()) == 2
    assert said in capsys.readouterr().err
    assert not Path("net.nir").exists()


def test_nothing_is_written_over(tmp_path, monkeypatch, capsys):
    pytest.importorskip("nir")
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text(NET, encoding="utf-8")
    main(["export", "net.toml", "--to", "net.nir"])
    assert main(["import", "net.nir", "--to", "net.toml"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert Path("net.toml").read_text(encoding="utf-8") == NET


def test_where_nir_and_neo_are_missing_the_extra_is_named():
    code = """
import sys
sys.modules["nir"] = sys.modules["neo"] = None
import networkx as nx
import vesicle_abm as va
model = va.VesicleModel(nx.path_graph(2), {}, neurons=va.LIFNeurons(integration="euler"), record_spikes=True)
for make in (va.to_nir, va.to_neo):
    try:
        make(model)
    except va.InputError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    extra = 'pip install "vesicle-abm[exchange]"'
    expected = [f"this needs {name}, which is not installed: {extra}" for name in ("nir", "neo")]
    assert done.stdout.splitlines() == expected


def test_the_commands_of_the_page_are_ones():
    (block,) = re.findall(r"```bash\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines():
        command, *words = shlex.split(line)
        assert command == "vesicle-abm"
        assert callable(parser().parse_args(words).command)
