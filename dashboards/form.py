"""Form: the seed, the view, and the scenario's numbers. What a running model can take it takes at once; what only sets
the beginning waits until it is applied, and the run starts anew.
"""

from html import escape

import solara

import vesicle_abm as va

from .ablation import Ablation
from .field_input import FieldInput
from .parameters import SEED_PATH, Entry, changed, entries, headings, problems
from .plan import Plan, original
from .session import Session
from .status import Status
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
    texts, set_texts = solara.use_state({})  # path -> text that differs from what runs
    wrong, set_wrong = solara.use_state({})  # dotted key -> message
    at_once, set_at_once = solara.use_state(True)
    groups = solara.use_memo(lambda: entries(running), [running])
    chosen, set_chosen = solara.use_state(next(iter(groups)))
    group = chosen if chosen in groups else next(iter(groups))
    begins = {entry.path for each in groups.values() for entry in each if entry.begins} | {SEED_PATH}

    def discard():
        set_texts({})
        set_wrong({})

    def write(path, was, text):
        now = {key: value for key, value in texts.items() if key != path}
        now = now if text.strip() == was else {**now, path: text}
        set_texts(now)
        if at_once and path not in begins and path in now:
            take({key: value for key, value in now.items() if key not in begins})

    def take(given):
        scenario = read(given)
        if scenario is not None:
            session.take(scenario)

    def read(given) -> va.Scenario | None:
        try:
            scenario = changed(running, given)
        except va.InputError as error:
            set_wrong(problems(error))
            return None
        set_wrong({})
        return scenario

    def keep_what_waits():
        """After the rules have changed, what has been taken is no longer waiting."""
        values = {entry.path: entry.text for each in groups.values() for entry in each} | {SEED_PATH: str(running.seed)}
        set_texts({path: text for path, text in texts.items() if path in values and text.strip() != values[path]})

    def restart():
        scenario = read(texts)
        if scenario is not None:
            session.open(Plan(scenario, beside=plan.beside))

    solara.use_effect(keep_what_waits, [running])
    solara.use_effect(discard, [running.source])
    seed = Entry(SEED_PATH, "seed", "", "the same seed gives the same run", "≥ 0, whole", running.seed, begins=True)
    count = len(texts)
    with solara.Div(classes=["va-form"]):
        with solara.Div(classes=["va-form-head"]):
            solara.Button(
                "Apply and restart",
                icon_name="mdi-check",
                on_click=restart,
                color="primary",
                disabled=status.busy or not count,
            )
            solara.Button("Discard", on_click=discard, disabled=not count, text=True)
            with solara.Div(attributes={"role": "status"}, classes=["va-pending"]):
                solara.Text(f"{count} change{'' if count == 1 else 's'} not applied" if count else "No pending changes")
        with solara.Div(classes=["va-form-head"]):
            solara.Switch(label="Change the running model at once", value=at_once, on_value=set_at_once)
            solara.Button(
                "As in the file",
                on_click=lambda: session.open(Plan(original(running), beside=plan.beside)),
                disabled=status.busy,
                text=True,
            )
        if wrong or status.refused:
            words = "; ".join(f"{key}: {message}" if key else message for key, message in wrong.items())
            solara.Error(f"Not applied. {words or status.refused}", dense=True)
        FieldInput(seed, texts, wrong, write)
        Views(session, plan, status)
        with solara.ToggleButtonsSingle(value=group, on_value=set_chosen, classes=["va-groups"], dense=True):
            for name in groups:
                mark = " •" if any(entry.path in texts for entry in groups[name]) else ""
                solara.Button(name + mark, value=name, text=True)
        if group == "plasticity":
            Ablation(running, session.take)
        with solara.Div(classes=["va-fields"]):
            for title, part in headings(running, group).items():
                with solara.Div(classes=["va-set"], attributes={"role": "group", "aria-label": title}):
                    solara.HTML(tag="h3", unsafe_innerHTML=escape(title) + marks(part), classes=["va-group"])
                    for entry in groups[group]:
                        if entry.group == title:
                            FieldInput(entry, texts, wrong, write)
