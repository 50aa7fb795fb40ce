"""Form: the seed, the view, and the scenario's numbers. What a running model can take it takes at once; what only sets
the beginning waits until it is applied, and the run starts anew.
"""

import solara

import vesicle_abm as va

from ..run.plan import Plan, original
from ..run.session import Session
from ..run.status import Status
from .ablation import Ablation
from .draft import Draft, seed_entry
from .fields import Fields
from .parameters import SEED_PATH, Entry, entries, headings
from .support import marks
from .views import Views


@solara.component
def Form(session: Session, plan: Plan | None, running: va.Scenario | None, status: Status):
    """Inputs generated from the declarations; ``running``: the scenario in force where the model stands."""
    if plan is None or running is None:
        solara.Text("There is nothing to set until a scenario is open.")
    else:
        Inputs(session, plan, running, status)


@solara.component
def Inputs(session: Session, plan: Plan, running: va.Scenario, status: Status):
    """The inputs of a scenario that is open."""
    draft, set_draft = solara.use_state(Draft())
    at_once, set_at_once = solara.use_state(True)
    groups = solara.use_memo(lambda: entries(running), [running])
    begins = {entry.path for group in groups.values() for entry in group if entry.begins} | {SEED_PATH}

    def write(path, was, text):
        written = draft.write(path, was, text)
        if at_once and path in written.texts and path not in begins:
            written, scenario = written.applied(running, leave_out=begins)
            if scenario is not None:
                session.take(scenario)
        set_draft(written)

    def restart():
        written, scenario = draft.applied(running)
        set_draft(written)
        if scenario is not None:
            session.open(Plan(scenario, beside=plan.beside))

    solara.use_effect(lambda: set_draft(draft.still_waiting(running)), [running])
    solara.use_effect(lambda: set_draft(Draft()), [running.source])
    count, idle = draft.count, not status.busy
    with solara.Div(classes=["va-form"]):
        with solara.Div(classes=["va-form-head"]):
            solara.Button(
                "Apply and restart",
                icon_name="mdi-check",
                on_click=restart,
                color="primary",
                disabled=not (idle and count),
            )
            solara.Button("Discard", on_click=lambda: set_draft(Draft()), disabled=not count, text=True)
            solara.Button(
                "As in the file",
                on_click=lambda: session.open(Plan(original(running), beside=plan.beside)),
                disabled=not idle,
                text=True,
            )
            with solara.Div(attributes={"role": "status"}, classes=["va-pending"]):
                solara.Text(f"{count} change{'' if count == 1 else 's'} not applied" if count else "No pending changes")
        solara.Switch(label="Change the running model at once", value=at_once, on_value=set_at_once)
        if draft.wrong or status.refused:
            solara.Error(f"Not applied. {draft.told or status.refused}", dense=True)
        Fields([("", "", [seed_entry(running)])], draft, write)
        Views(session, plan, status)
        Groups(session, running, groups, draft, write)


@solara.component
def Groups(session: Session, running: va.Scenario, groups: dict[str, list[Entry]], draft: Draft, write):
    """The numbers of one group at a time: a kind, the neurons, the learning rule."""
    chosen, set_chosen = solara.use_state(next(iter(groups)))
    group = chosen if chosen in groups else next(iter(groups))
    with solara.ToggleButtonsSingle(value=group, on_value=set_chosen, classes=["va-groups"], dense=True):
        for name, members in groups.items():
            mark = " •" if any(entry.path in draft.texts for entry in members) else ""
            solara.Button(name + mark, value=name, text=True)
    if group == "plasticity":
        Ablation(running, session.take)
    parts = headings(running, group)
    Fields(
        [(title, marks(part), [e for e in groups[group] if e.group == title]) for title, part in parts.items()],
        draft,
        write,
    )
