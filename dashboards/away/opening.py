"""Opening: a run of the runs folder, to be replayed; a scenario's file."""

from collections.abc import Callable

import solara

import vesicle_abm as va

from ..controls.choice import Choice
from ..desk import Desk
from ..run.plan import Plan
from ..server import start
from . import library, link
from .arrivals import Arrival
from .part import Part
from .replay import compared, digest_of, recorded
from .upload import Upload

SHOWN_METRICS = 12
NONE = "none"


@solara.component
def Opening(desk: Desk, plan: Plan | None, source: dict, step: int, stood: int, arrive: Callable[[Arrival], None]):
    """``arrive(arrival)`` opens what is chosen; ``stood``: the step where the model stood last."""
    problem, set_problem = solara.use_state("")
    names = solara.use_memo(library.runs, [])

    def opened(make: Callable[[], va.Scenario], where: str, name: str):
        try:
            scenario = make()
        except va.InputError as error:
            set_problem(str(error))
        else:
            set_problem("")
            arrive(Arrival(Plan(scenario), 0, {where: name}))

    def take(name: str, content: bytes):
        opened(lambda: library.uploaded(name, content), link.FILE, library.file_name(name))

    with Part("Open"):
        if names:
            Choice(
                "A run to replay",
                [*([] if link.RUN in source else [NONE]), *names],
                source.get(link.RUN, NONE),
                lambda name: None if name == NONE else opened(lambda: library.run(name), link.RUN, name),
            )
        Upload("A scenario's file", ".toml", 1024 * start.limits.upload, take)
        if problem:
            solara.Error(problem, dense=True)
        if link.RUN in source:
            Replay(desk, source[link.RUN], stood)


@solara.component
def Replay(desk: Desk, name: str, stood: int):
    """What the run recorded, and whether the replay agrees."""
    asked, rows, problem = solara.use_memo(lambda: tried(name), [name])

    def agreement() -> list[str]:
        with desk.session.at_rest() as model:
            if rows is None or not isinstance(model, va.VesicleModel) or desk.session.plan.changes:
                return []
            return [compared(rows, model.record), digest_of(asked, model)]

    told = solara.use_memo(agreement, [name, stood])
    with solara.Div(classes=["va-take-part"], attributes={"role": "status"}):
        if problem:
            solara.Error(problem, dense=True)
            return
        finished = "" if "digest" in asked else " It has not finished."
        solara.Text(f"{name}: seed {asked['seed']}, {asked['steps']:,} steps, {asked['view']}.{finished}")
        metrics = [f"{key} {value:.6g}" for key, value in asked.get("metrics", {}).items()]
        if metrics:
            solara.Text(f"Recorded: {', '.join(metrics[:SHOWN_METRICS])}", classes=["va-note-line"])
        for line in filter(None, told):
            solara.Text(line)
        solara.Button(
            "Replay to its end",
            on_click=lambda: desk.session.run_to(asked["steps"]),
            small=True,
            disabled=bool(problem),
        )


def tried(name: str):
    """What a run was asked, its rows if there are any, and why they cannot be had."""
    try:
        return library.request(name), recorded(name), ""
    except va.InputError as error:
        return {}, None, str(error)
