"""Makes docs/gallery.md and its pictures from the shipped scenarios.

``python docs/make_gallery.py`` runs all and writes pictures and page; with names it runs those alone, with ``--page``
none. Each picture is one that ``vesicle-abm run`` draws, made smaller; it notes which state of its scenario it is of.
"""

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vesicle_abm.core.errors import nearest
from vesicle_abm.experiments.run import run
from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario

DOCS = Path(__file__).parent
PAGE, PICTURES = DOCS / "gallery.md", Path("pictures") / "gallery"
WIDTH, COLOURS = 640, 96  # pixels of a picture, and colours in it
NOTE = "Scenario"  # under which a picture notes what it is of
WORDS = ("question", "expect")  # of a scenario, that decide nothing in its picture
OPENING = """# Gallery

Every shipped scenario: the question that it answers, one picture of its run, what one should see, and the command.
Tests hold the expectations. Made by `python docs/make_gallery.py`; [scenarios.md](scenarios.md) tells how to write one.
"""
GALLERY: dict[str, dict[str, str]] = {  # part -> scenario -> the figure of its run that is shown
    "How vesicles get about": {
        "random_walk": "occupancy",
        "reward_wave": "population",
        "circulation": "occupancy",
        "couriers": "occupancy",
        "worm_wireless": "occupancy",
    },
    "Whom they reach": {
        "addresses": "emission_and_docking",
        "learn_to_deliver": "occupancy",
        "router": "occupancy",
        "vesicles_or_broadcast": "learning",
        "norepinephrine_astrocyte": "learning",
    },
    "What sets them off": {
        "cascade": "population",
        "conditioning": "task",
        "novelty": "signals",
        "learn_by_error": "task",
        "credit_by_vesicles": "task",
    },
    "What neurons make of them": {
        "tolerance": "learning",
        "eligibility": "learning",
        "theta_phase": "learning",
        "contextual_bandit": "task",
        "distal_reward": "task",
    },
    "Pathways and memory": {"double_bridge": "pathways", "path_memory": "memory"},
    "From a tensor to a single agent": {
        "film_limit": "task",
        "hypernetwork_limit": "task",
        "attention_limit": "task",
        "context_switch": "task",
    },
    "Learned from outside a life": {"nested_learning": "task"},
    "In an agent's hands": {"delivery": "task"},
}
FIGURES = {name: figure for part in GALLERY.values() for name, figure in part.items()}


def page() -> str:
    """The text of gallery.md."""
    parts = [OPENING]
    for title, names in GALLERY.items():
        parts += [f"## {title}\n", *(entry(Scenario.load(name)) for name in names)]
    return "\n".join(parts)


def entry(scenario: Scenario) -> str:
    """One scenario: question, picture, expectation, command."""
    name, script = scenario.name, shipped("scenarios") / f"{scenario.name}.py"
    more = f"\npython scenarios/{name}.py --out DIR" if script.is_file() else ""
    picture = f"![The {FIGURES[name].replace('_', ' ')} of {name}]({(PICTURES / name).as_posix()}.png)"
    command = f"```sh\nvesicle-abm run {name}{more}\n```\n"
    return "\n\n".join([f"### {name}", f"**{scenario.question}**", picture, scenario.expect, command])


def state(scenario: Scenario) -> str:
    """A hash of all that a scenario's picture hangs on."""
    data = {key: value for key, value in scenario.data.items() if key not in WORDS}
    return hashlib.sha256(json.dumps([data, FIGURES[scenario.name]]).encode()).hexdigest()


def picture(name: str) -> Path:
    """Where the picture of a scenario lies."""
    return DOCS / PICTURES / f"{name}.png"


def draw(name: str) -> None:
    """Run a scenario, and keep one of its figures, smaller."""
    scenario, note = Scenario.load(name), PngInfo()
    note.add_text(NOTE, state(scenario))
    with tempfile.TemporaryDirectory() as folder:
        result = run(scenario, out=Path(folder) / name)
        with Image.open(result.path / "figures" / f"{FIGURES[name]}.png") as figure:
            small = figure.convert("RGB")
    small.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        picture(name), optimize=True, pnginfo=note
    )


def main() -> None:
    """Draw, and write the page."""
    parser = argparse.ArgumentParser(description="Make docs/gallery.md and its pictures.")
    parser.add_argument("name", nargs="*", metavar="NAME", help="scenarios to run (default: all)")
    parser.add_argument("--page", action="store_true", help="run none, write the page alone")
    options = parser.parse_args()
    unknown = sorted(set(options.name) - set(FIGURES))
    if unknown:
        parser.error(f"no {unknown[0]!r} in the gallery; {nearest(unknown[0], FIGURES)}")
    (DOCS / PICTURES).mkdir(exist_ok=True)
    for name in [] if options.page else options.name or FIGURES:
        draw(name)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
