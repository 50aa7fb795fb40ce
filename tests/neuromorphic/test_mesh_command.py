"""The command: what it prints and writes, and what it refuses, in a line."""

import json

import pytest

from vesicle_abm.cli import main


def complaint(capsys, *arguments: str) -> str:
    assert main(["mesh", *arguments]) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err


def test_it_prints_what_fits_whose_limit_it_is_and_where_everything_lies(capsys, tmp_path):
    out = tmp_path / "mesh"
    given = ("reward_wave", "--steps", "30", "--cores", "8", "--bits", "4", "--seed", "3", "--out", str(out))
    assert main(["mesh", *given, "--joules", "flit_hops=1e-12"]) == 0
    words = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in words.splitlines()]
    report = json.loads((out / "mesh.json").read_text())
    assert "neurons in a core 25 4,096 fits published" in lines
    assert "kinds of vesicles 1 16 fits ours" in lines
    assert "30 steps, seed 3, on 8 of 575 cores; weights of 4 bits, stochastic rounding" in lines
    assert f"flit hops {report['accounting']['flit_hops']:,}" in lines
    assert f"{1e-12 * report['accounting']['flit_hops']:.4g} J, if these cost as given: flit_hops 1e-12" in lines
    assert str(out) in words
    assert {path.name for path in out.iterdir()} == {
        "mesh.json", "links.parquet", "ticks.parquet", "cores.parquet", "links.png", "cores.png"
    }  # fmt: skip
    assert max(map(len, words.replace(str(out), "").splitlines())) <= 80


def test_quiet_prints_the_folder_alone_which_has_the_scenarios_name(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["mesh", "random_walk", "--steps", "3", "--quiet", "--set", "kinds.walker.absorb=0.5"]) == 0
    assert capsys.readouterr().out == "mesh/random_walk-0\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("reward_wav",), "did you mean 'reward_wave'"),
        (("reward_wave", "--bits", "7"), "bits: got 7; Allowed: 16, 8, 6, 4, 2"),
        (("reward_wave", "--cores", "576"), "cores: got 576; 1 … 200 are allowed here"),
        (("reward_wave", "--partition", "meti"), "partition: got 'meti'; did you mean 'metis'"),
        (("reward_wave", "--rounding", "up"), "rounding: got 'up'; Allowed: stochastic, nearest"),
        (("reward_wave", "--joules", "flithops=1"), "joules.flithops: no such event is counted; did you mean"),
        (("reward_wave", "--joules", "flits"), "--joules: got 'flits'; EVENT=JOULES is allowed"),
        (("reward_wave", "--steps", "0"), "steps: got 0"),
        (("reward_wave", "--set", "kinds.dopamine.content_width=9"), "got 9 components; a flow packet holds 8"),
    ],
)
def test_bad_input_is_refused_and_leaves_no_folder(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    steps = () if "--steps" in arguments else ("--steps", "2")
    assert words in complaint(capsys, *arguments, *steps)
    assert not list((tmp_path).glob("mesh/*"))


def test_a_folder_that_holds_something_is_refused_before_anything_runs(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert "is not empty; choose another folder" in complaint(capsys, "reward_wave", "--out", str(tmp_path))
