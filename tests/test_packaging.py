"""The wheel: what is in it, and that it runs by itself, from another folder."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("vesicle_abm", "scenarios", "dashboards", "benchmarks", "setup.cfg", "pyproject.toml", "LICENSE", "README.md")
pytestmark = pytest.mark.slow


def done(*command: str, **options) -> subprocess.CompletedProcess:
    """A finished process; its standard error is shown if it failed."""
    process = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert process.returncode == 0, process.stderr
    return process


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy, so that the checkout stays clean."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, source / part)
    pip = (sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "-q", "-w", str(out))
    done(*pip, cwd=source)
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> dict[str, str]:
    """The environment of an interpreter that finds the wheel's content, and not this checkout."""
    target = tmp_path_factory.mktemp("target")
    done(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), str(wheel))
    return {**os.environ, "PYTHONPATH": str(target), "WHERE": str(target)}


def names(wheel: Path) -> set[str]:
    """Every file in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_module_of_the_package_is_in_the_wheel(wheel):
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "vesicle_abm").rglob("*.py")}
    assert modules <= names(wheel)
    for part in ("dashboards", "benchmarks"):
        modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / part).rglob("*.py")}
        assert {f"vesicle_abm/{module}" for module in modules} <= names(wheel)


def test_scenarios_data_browser_code_and_licence_are_in_the_wheel(wheel):
    found = names(wheel)
    for part in ("scenarios", "dashboards/lessons"):
        assert {f"vesicle_abm/{part}/{p.name}" for p in (ROOT / part).glob("*.toml")} <= found
    data = [p for p in (ROOT / "vesicle_abm" / "data").iterdir() if p.suffix in (".csv", ".gz", ".md", ".toml")]
    assert {f"vesicle_abm/data/{p.name}" for p in data} <= found
    assert len(data) == 4
    folder = ROOT / "dashboards"
    browser = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix in (".js", ".css")}
    browser |= {p.relative_to(folder).as_posix() for p in folder.rglob("LICENSE*")}
    assert {f"vesicle_abm/dashboards/{name}" for name in browser} <= found
    sources = {f"vesicle_abm/benchmarks/bound/{p.name}" for p in (ROOT / "benchmarks" / "bound").glob("*.[ch]")}
    assert sources
    assert sources <= found
    assert "vesicle_abm/py.typed" in found
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in found)


def test_nothing_else_is_in_the_wheel(wheel):
    assert all(name.startswith(("vesicle_abm/", "vesicle_abm-")) for name in names(wheel))
    assert not [name for name in names(wheel) if "test" in name or "__pycache__" in name]


def test_the_command_is_an_entry_point_and_the_licence_is_named(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith("dist-info/METADATA"))
        (entries,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "Apache-2.0" in archive.read(metadata).decode()
        assert "vesicle-abm = vesicle_abm.cli:main" in archive.read(entries).decode()


def test_the_installed_package_lists_checks_and_runs_without_the_checkout(installed, tmp_path):
    def run(*arguments: str) -> str:
        code = (
            "import os, sys\nfrom vesicle_abm.cli import main\ncode = main(sys.argv[1:])\n"
            "own = {m.__file__ for name, m in sys.modules.items() if name.split('.')[0] == 'vesicle_abm'}\n"
            "strange = sorted(f for f in own if not f.startswith(os.environ['WHERE']))\n"
            "assert not strange, strange\nsys.exit(code)"
        )
        return done(sys.executable, "-c", code, *arguments, cwd=tmp_path, env=installed).stdout

    listed = run("list")
    for scenario in (ROOT / "scenarios").glob("*.toml"):
        assert scenario.stem in listed
    assert run("check", "random_walk", "reward_wave").splitlines() == ["random_walk: good", "reward_wave: good"]
    folder = tmp_path / run("run", "random_walk", "--steps", "20", "--quiet").strip()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    assert (folder / "figures" / "population.png").stat().st_size > 1000
    run("bench", "roofline", "--quick", "--json", "reports.json")
    (measured,) = json.loads((tmp_path / "reports.json").read_text())
    assert measured == "roofline"
