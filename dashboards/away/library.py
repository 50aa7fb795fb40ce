"""Library: what a visitor may open: scenarios by name, runs of one folder, an uploaded file. Never another path."""

import json
import re
import tomllib
from pathlib import Path

import vesicle_abm as va

from ..lessons import LESSONS
from ..lessons.lesson import Lesson
from ..server import start
from ..server.asked import refuse_too_much
from ..server.limits import MIB

NAME = re.compile(r"\w[\w.\- ]{0,120}")
REQUEST, MANIFEST, SCENARIO, SERIES = "run.json", "manifest.json", "scenario.toml", "series.parquet"
LARGEST = {REQUEST: 4 * MIB, MANIFEST: 4 * MIB, SCENARIO: 4 * MIB, SERIES: 256 * MIB}
MOST_RUNS = 500  # listed


def label(name: str) -> str:
    """A shipped scenario's name; of a file, its name alone: where it lies is nobody's business."""
    return Path(name).name if name.endswith(".toml") else name


def scenario(name: str) -> va.Scenario:
    """A shipped scenario, a lesson's, or the one that the server was started with, by its label.

    Raises
    ------
    InputError
        if there is none.
    """
    if start.scenario is not None and name == label(start.scenario):
        return va.Scenario.load(start.scenario)
    for lesson in LESSONS:
        if name == of_lesson(lesson):
            return lesson.load()
    if name not in va.shipped_scenarios():
        raise va.InputError(f"no scenario {name[:60]!r}; {', '.join(va.shipped_scenarios())} are allowed", "scenario")
    return va.Scenario.load(name)


def of_lesson(lesson: Lesson) -> str:
    """The label of a lesson's scenario."""
    return lesson.scenario if lesson.scenario in va.shipped_scenarios() else f"lesson_{lesson.name}"


def uploaded(name: str, content: bytes) -> va.Scenario:
    """The scenario in a visitor's file.

    Raises
    ------
    InputError
        listing what is wrong with it; for a graph in a file, which a visitor cannot have on this server.
    """
    try:
        text = content.decode("utf-8")
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise va.InputError(f"it is not TOML: {error}") from None
    refuse_files(data)
    refuse_too_much(data, start.limits)  # what is wrong is told of a graph that was built
    return va.Scenario(data, file_name(name), None, text)


def file_name(name: str) -> str:
    """How a visitor's file is called here.

    >>> file_name("my own.toml"), file_name("../own.toml")
    ('my own.toml', 'uploaded.toml')
    """
    return name if NAME.fullmatch(name) and name.endswith(".toml") else "uploaded.toml"


def kept(asked: str, name: str, text: str) -> va.Scenario:
    """The scenario in the file of this name that the browser's tab has kept; ``name``, ``text``: what it has.

    Raises
    ------
    InputError
        if it is another file, too large, or wrong.
    """
    if name != asked:
        raise va.InputError("this tab of the browser does not have that file; open it under “Take away”", "file")
    content = text.encode()
    if len(content) > 1024 * start.limits.upload:
        raise va.InputError(f"it has {len(content) // 1024} KiB; {start.limits.upload} are allowed here", "file")
    return uploaded(name, content)


def refuse_files(data: dict) -> None:
    """Refuse a scenario that would have the server read a file for a visitor."""
    graph = data.get("graph")
    if isinstance(graph, dict) and "file" in graph:
        raise va.InputError(
            "a graph in a file cannot be opened here; run the scenario where the file lies", "graph.file"
        )


def runs() -> list[str]:
    """Names of the run directories, the newest first."""
    if not start.runs.is_dir():
        return []
    found = [path for path in start.runs.iterdir() if NAME.fullmatch(path.name) and (path / REQUEST).is_file()]
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.name for path in found[:MOST_RUNS] if path.resolve().parent == start.runs.resolve()]


def file_of(run: str, name: str) -> Path | None:
    """A file of a run; None where it has none.

    Raises
    ------
    InputError
        if there is no such run in the runs folder, the file lies elsewhere, or is too large.
    """
    folder = (start.runs / run).resolve() if NAME.fullmatch(run) else None
    if folder is None or folder.parent != start.runs.resolve() or not folder.is_dir():
        raise va.InputError(f"no run {run[:60]!r} in the runs folder", "run")
    path = (folder / name).resolve()
    if not path.is_file():
        return None
    if path.parent != folder:
        raise va.InputError(f"{name} of this run lies in another folder", "run")
    if path.stat().st_size > LARGEST[name]:
        raise va.InputError(f"{name} of this run is larger than {LARGEST[name] // MIB} MiB", "run")
    return path


def request(run: str) -> dict:
    """What a run was asked, and, if it has finished, what came out.

    Raises
    ------
    InputError
        if there is no such run, or its files are damaged.
    """
    path = file_of(run, MANIFEST) or file_of(run, REQUEST)
    if path is None:
        raise va.InputError(f"{run!r} holds no run", "run")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise va.InputError(f"{path.name} is damaged: {error}", "run") from None
    whole = isinstance(content, dict) and {"data", "scenario", "seed", "steps", "view"} <= content.keys()
    if not (whole and isinstance(content["data"], dict)):
        raise va.InputError(f"{path.name} is damaged", "run")
    return content


def run(name: str) -> va.Scenario:
    """The scenario of a run, with its seed, view and steps in it.

    Raises
    ------
    InputError
        if it cannot be had.
    """
    asked = request(name)
    written = file_of(name, SCENARIO)
    text = written.read_text(encoding="utf-8") if written is not None else None
    known = va.shipped_scenarios().get(str(asked["scenario"]))
    same = known is not None and text == known.read_text(encoding="utf-8")
    if start.hosted:
        refuse_files(asked["data"])
    source = f"{asked['scenario']}.toml" if same else str(start.runs / name / SCENARIO)
    found = va.Scenario(asked["data"], source, start.runs / name, text)
    for key in ("seed", "steps", "view"):
        if getattr(found, key) != asked[key]:
            found = found.override(key, asked[key])
    return found
