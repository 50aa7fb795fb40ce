"""The command line: what it prints, how it ends, and what it does not import."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import vesicle_abm as va
from vesicle_abm import cli, rules, terminal
from vesicle_abm.cli import main
from vesicle_abm.experiments.run import run
from vesicle_abm.experiments.texts import parse_setting
from vesicle_abm.places import shipped_scenarios
from vesicle_abm.scenario import Scenario
from vesicle_abm.version import VERSION

STEPS = "12"


def python(*arguments: str, cwd: Path, code: str | None = None) -> subprocess.CompletedProcess:
    """A fresh interpreter, with the package's command line or a piece of code."""
    start = [sys.executable, "-c", code] if code else [sys.executable, "-m", "vesicle_abm"]
    return subprocess.run([*start, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def complaint(capsys, *arguments: str, code: int = 2) -> str:
    """What the command line says on standard error, ending with that exit code."""
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err


def test_list_gives_every_shipped_scenario_with_its_question(capsys):
    assert main(["list"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    for name in ("random_walk", "reward_wave", "worm_wireless"):
        assert name in words
    assert "How does one pulse of dopamine spread over a small world" in words


def test_list_imports_nothing_heavy(tmp_path):
    code = (
        "import sys\nfrom vesicle_abm.cli import main\nassert main(['list']) == 0\n"
        "heavy = {'numba', 'numpy', 'pandas', 'mesa', 'networkx', 'matplotlib', 'solara', 'pydantic', 'scipy'}\n"
        "print('heavy:', *sorted(heavy & set(sys.modules)))"
    )
    done = python(cwd=tmp_path, code=code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("heavy:")


def shown(capsys, *arguments: str) -> str:
    """What the command line prints, in one line."""
    assert main(arguments) == 0
    return " ".join(capsys.readouterr().out.split())


def test_rules_lists_every_rule_of_the_package_beside_its_table(capsys):
    assert main(["rules"]) == 0
    heads = {tuple(line.split()[:2]) for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")}
    for table, family in rules.TABLES.items():
        for rule in family.known.values():
            if rule.__module__.startswith("vesicle_abm."):
                assert (table, "-" if table in rules.ALONE else rule.name) in heads


def test_a_rule_is_shown_with_defaults_ranges_and_units_in_every_table_that_has_it(capsys):
    words = shown(capsys, "rules", "memory")
    for head in ("docking memory (MemoryDocking)", "release memory (MemoryRelease)", "memory - (Memory)"):
        assert head in words
    assert "vigilance 0.9 a number >= -1 and <= 1" in words
    assert "tau none a number > 0, or none steps" in words
    assert "[our formula]" in words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TrailMigration", ["migration trail (TrailMigration)", 'direction "forward" "forward" or "backward"']),
        ("turn", ["turn constant (ConstantTurn)", "turn recall (RecallTurn)", "into none the name of a kind"]),
        ("phase", ["release phase (PhaseRelease)", "plasticity.phase phase (PhaseGate)"]),
        ("cascade", ["of none a list of names of kinds"]),
        ("SignalEmission", ['signal "reward" the name of a signal']),
        ("Kind", ["remembers : R, how many of the nodes"]),
        ("path_choice", ["path must be given"]),
        ("spsa", ["task.meta spsa (SPSA)"]),
    ],
)
def test_a_rule_can_be_asked_for_by_its_name_its_table_or_its_class(capsys, name, words):
    found = shown(capsys, "rules", name)
    for expected in words:
        assert expected in found


def test_an_unknown_rule_is_refused_with_the_nearest(capsys):
    assert "no rule 'cascde'; did you mean 'cascade'? Allowed: emission, " in complaint(capsys, "rules", "cascde")


def test_a_users_rule_is_shown_with_what_it_declares():
    class Nosy(va.Docking, name="nosy"):
        """Docks a little. Or not."""

        often: float = va.parameter(0.25, "how often", le=0.5, unit="per step")
        fond: str = va.option("cue", "of what", choices=("cue", "noise"))

    try:
        assert rules.first_sentence(Nosy) == "Docks a little."
        rows = list(rules.parameter_rows(Nosy))
        assert ("often", "0.25", "a number <= 0.5, or one per node", "per step", "how often") in rows
        assert ("fond", '"cue"', '"cue" or "noise"', "", "of what") in rows
    finally:
        del va.Docking.known["nosy"]


def test_run_imports_neither_solara_nor_torch_and_pictures_only_at_the_end(tmp_path):
    code = (
        "import sys\nfrom vesicle_abm.cli import main\nfrom vesicle_abm.model import VesicleModel\nstep, seen = "
        "VesicleModel.step, []\n"
        "def spy(model):\n    seen.append('matplotlib' in sys.modules)\n    step(model)\n"
        "VesicleModel.step = spy\n"
        "assert main(['run', 'random_walk', '--steps', '5', '--quiet', '--out', 'o']) == 0\n"
        "print('early:', any(seen), 'late:', 'matplotlib' in sys.modules)\n"
        "print('heavy:', *sorted({'solara', 'torch'} & set(sys.modules)))"
    )
    done = python(cwd=tmp_path, code=code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == ["early: False late: True", "heavy:"]


def test_help_and_version_are_given(tmp_path):
    shown = python("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for command in ("list", "rules", "check", "run", "resume", "bench", "dashboard"):
        assert command in shown.stdout
    assert python("--version", cwd=tmp_path).stdout.strip() == f"vesicle-abm {VERSION}"
    assert python(cwd=tmp_path).returncode == 2


def test_check_says_good_of_shipped_scenarios(capsys):
    assert main(["check", "random_walk", "reward_wave"]) == 0
    assert capsys.readouterr().out == "random_walk: good\nreward_wave: good\n"


def test_check_looks_at_every_file_and_tells_every_problem(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("one.toml").write_text("steps = 0\n")
    Path("two.toml").write_text("[")
    assert main(["check", "one.toml", "random_walk", "two.toml", "three.toml", "."]) == 2
    captured = capsys.readouterr()
    assert captured.out == "random_walk: good\n"
    lines = captured.err.splitlines()
    assert len(lines) == 5 + 3
    assert all(line.startswith("vesicle-abm: ") for line in lines)
    assert lines[-3].startswith("vesicle-abm: two.toml is not TOML: ")
    assert "(at line 1, column 2)" in lines[-3] or "(at end of document)" in lines[-3]
    assert lines[-2] == f"vesicle-abm: no file 'three.toml'; shipped scenarios: {', '.join(shipped_scenarios())}"
    assert lines[-1] == "vesicle-abm: '.' is a folder; the path of a .toml file is allowed"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "foo"], "--set: got 'foo'; KEY=VALUE is allowed, say kinds.dopamine.absorb=0.5"),
        (["--set", "=1"], "--set: got '=1'; KEY=VALUE is allowed, say kinds.dopamine.absorb=0.5"),
        (["--set", "stps=1"], "random_walk.toml: stps: unknown key; did you mean 'steps'? Allowed: question"),
        (["--set", "kinds.walkr.absorb=1"], "kinds.walkr.absorb: no 'walkr' in kinds; did you mean 'walker'? Allowed"),
        (["--set", "kinds.walker.absorb=1.2"], "kinds.walker.absorb: got 1.2; a number >= 0 and <= 1 is allowed"),
        (["--set", "kinds.walker.decay.hazard=x"], "kinds.walker.decay.hazard: no node attribute 'x'; Allowed: "),
        (["--steps", "0"], "steps: got 0; a whole number >= 1 and <= 16777215 is allowed"),
        (["--steps", "99999999"], "steps: got 99999999; a whole number >= 1 and <= 16777215 is allowed"),
        (["--save-every", "0"], "save_every: got 0; a whole number >= 1"),
        (["--seed", "-1"], "seed: got -1; a whole number from 0 to 2**64 - 1 is allowed"),
        (["--seed", "9" * 30], "a whole number from 0 to 2**64 - 1 is allowed"),
        (["--threads", "0"], "threads: got 0; a whole number >= 1 is allowed"),
        (
            ["--view", "compield"],
            "view: got 'compield'; did you mean 'compiled'? Allowed: compiled, particles, density",
        ),
    ],
)
def test_bad_options_of_run_are_refused_before_anything_is_written(tmp_path, capsys, options, message):
    words = complaint(capsys, "run", "random_walk", "--out", str(tmp_path / "run"), *options)
    assert len(words.splitlines()) == 1
    assert message in words
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "arguments", [["run"], ["run", "x", "--seed", "1.5"], ["foo"], ["resume"], ["run", "x", "--v"]]
)
def test_arguments_that_cannot_be_read_end_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: vesicle-abm" in capsys.readouterr().err


def test_unknown_scenarios_and_runs_are_refused_with_the_nearest(tmp_path, capsys):
    words = complaint(capsys, "run", "random-walk")
    first = next(iter(shipped_scenarios()))
    assert f"no scenario 'random-walk'; did you mean 'random_walk'? Allowed: {first}, " in words
    assert "no folder" in complaint(capsys, "resume", str(tmp_path / "nothing"))
    assert "holds no run" in complaint(capsys, "resume", str(tmp_path))
    (tmp_path / "x").write_text("")
    assert "--out" in complaint(capsys, "run", "random_walk", "--out", str(tmp_path))


def test_a_damaged_checkpoint_is_refused(tmp_path, capsys):
    out = tmp_path / "run"
    run(Scenario.load("random_walk"), steps=3, out=out)
    (out / "manifest.json").unlink()
    (out / "checkpoint.npz").write_bytes((out / "checkpoint.npz").read_bytes()[:-50])
    assert "is not a checkpoint, or is damaged" in complaint(capsys, "resume", str(out))


def test_debug_shows_where(capsys):
    with pytest.raises(ValueError, match="no scenario 'nothing'"):
        main(["run", "nothing", "--debug"])


def test_quiet_prints_the_folder_only(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["run", "random_walk", "--steps", STEPS, "--quiet", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (f"{out}\n", "")
    assert main(["resume", "--quiet", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"


def test_a_run_ends_with_a_summary(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["run", "random_walk", "--steps", STEPS, "--seed", "4", "--out", str(out)]) == 0
    words = " ".join(capsys.readouterr().out.split())
    manifest = json.loads((out / "manifest.json").read_text())
    assert "Do vesicles that only walk and fade" in words
    assert "What one should see" in words
    assert f"walker 48 {manifest['counts']['alive']} 0 0" in words
    assert f"{STEPS} steps, seed 4, compiled view" in words
    assert str(out) in words.replace(" ", "") or str(out) in words


def test_the_density_view_has_a_summary_of_its_own(tmp_path, capsys):
    assert main(["run", "random_walk", "--steps", STEPS, "--view", "density", "--out", str(tmp_path / "run")]) == 0
    assert "expected alive at the end" in capsys.readouterr().out


def test_settings_reach_the_run_and_the_manifest(tmp_path, capsys):
    out = tmp_path / "run"
    settings = ["--set", "kinds.walker.emission.count=2", "--set", "kinds.walker.migration.stay=0.5", "--set", "seed=9"]
    assert main(["run", "random_walk", "--steps", STEPS, "--quiet", "--out", str(out), *settings]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"]["born"] == 2 * int(STEPS)
    assert manifest["seed"] == 9
    assert manifest["overrides"]["kinds.walker.migration.stay"] == 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=1", 1),
        ("a.b=-1.5e-3", -0.0015),
        ("a.b=true", True),
        ("a.b=word", "word"),
        ('a.b="a b"', "a b"),
        ("a.b=[1, 2]", [1, 2]),
        ("a.b={rule='constant', probability=0.1}", {"rule": "constant", "probability": 0.1}),
        ("a.b=x=y", "x=y"),
        ("a.b=1\nc=2", "1\nc=2"),
        ("a.b=", ""),
        ("a.b=" + "[" * 5000, "[" * 5000),
        ("a.b=" + "9" * 5000, "9" * 5000),
        (" a.b = 1 ", 1),
    ],
    ids=range(13),
)
def test_a_setting_is_read_as_toml_reads_it_and_a_bare_word_is_text(text, value):
    assert parse_setting(text) == ("a.b", value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyboardInterrupt(), "vesicle-abm: stopped\n"),
        (MemoryError(), "vesicle-abm: there is not enough memory for that\n"),
        (ZeroDivisionError("oh"), "vesicle-abm: ZeroDivisionError: oh\nvesicle-abm: (--debug shows where)\n"),
    ],
)
def test_whatever_fails_is_said_without_a_traceback(monkeypatch, capsys, error, words):
    def failing(*_, **__):
        raise error

    monkeypatch.setattr("vesicle_abm.experiments.run.run", failing)
    monkeypatch.setattr(cli, "progress", lambda *_: contextlib.nullcontext(print))
    assert main(["run", "random_walk"]) == 1
    assert capsys.readouterr().err == words


@pytest.mark.parametrize(
    ("done", "speed", "told"),
    [
        (0, None, "compiling, first time only"),
        (1, None, "0 steps/s"),
        (9, 1234.5, "1,234 steps/s"),
        (9, 0.4, "2.5 s a step"),
    ],
)
def test_the_bar_tells_how_fast_steps_are_or_how_slow(done, speed, told):
    assert terminal.Rate().render(SimpleNamespace(completed=done, speed=speed)).plain == told


def test_the_progress_bar_shows_compilation_then_a_rate(capsys):
    with terminal.progress_bar(False, "walk") as report:
        report(0, 10)
        report(5, 10)
    assert "walk" in capsys.readouterr().err
