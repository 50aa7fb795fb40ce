"""Ablation: which stages of the learning rule are taken away from the running model."""

import solara

import vesicle_abm as va

from .choice import Choice

ON, NONE, MEAN = "on", "none", "mean"
DOCS = {
    ON: "as the scenario has it",
    NONE: "taken away: its factor is 1",
    MEAN: "taken away: its mean stands in its place",
}


@solara.component
def Ablation(running: va.Scenario, take):
    """A choice for each stage that there is; ``take(scenario)`` is called with what is chosen."""
    table = running.data["plasticity"]
    ablated = dict(table.get("ablated", {}))

    def choose(stage, choice):
        left = {name: match for name, match in ablated.items() if name != stage}
        take(running.override("plasticity.ablated", left if choice == ON else {**left, stage: choice}))

    with solara.Div(classes=["va-ablation"], attributes={"role": "group", "aria-label": "ablation"}):
        solara.HTML(tag="h3", unsafe_innerHTML="Ablate", classes=["va-group"])
        for stage in stages(running):
            Choice(stage, list(DOCS), ablated.get(stage, ON), lambda choice, stage=stage: choose(stage, choice))
        solara.Text("; ".join(f"{name}: {doc}" for name, doc in DOCS.items()), classes=["va-note-line"])


def stages(running: va.Scenario) -> list[str]:
    """The stages of its learning rule that can be ablated.

    >>> stages(va.Scenario.load("vesicles_or_broadcast"))
    ['trace', 'modulation']
    """
    rule = running.table.plasticity.plasticity()
    return [name for name in va.Plasticity.STAGES if getattr(rule, name) is not None]
