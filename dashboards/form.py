"""Form: the seed and the scenario's numbers; changes wait until they are applied, and the run starts anew."""

from html import escape

import solara

import vesicle_abm as va

from .parameters import SEED_PATH, Entry, changed, entries, headings, problems
from .support import marks


@solara.component
def Form(original: va.Scenario, running: va.Scenario, on_apply, busy: bool):
    """Inputs generated from the declarations. ``original``: as the file has it; ``running``: as it was last applied."""
    texts, set_texts = solara.use_state({})  # path -> text that differs from what runs
    wrong, set_wrong = solara.use_state({})  # dotted key -> message
    groups = solara.use_memo(lambda: entries(running), [running])
    chosen, set_chosen = solara.use_state(next(iter(groups)))
    group = chosen if chosen in groups else next(iter(groups))

    def discard():
        set_texts({})
        set_wrong({})

    def write(path, was, text):
        now = {key: value for key, value in texts.items() if key != path}
        set_texts(now if text.strip() == was else {**now, path: text})

    def apply():
        try:
            scenario = changed(running, texts)
        except va.InputError as error:
            set_wrong(problems(error))
            return
        set_wrong({})
        on_apply(scenario)

    solara.use_effect(discard, [running])
    count = len(texts)
    with solara.Div(classes=["va-form"]):
        with solara.Div(classes=["va-form-head"]):
            _field(
                Entry(SEED_PATH, "seed", "", "the same seed gives the same run", "≥ 0, whole", running.seed),
                texts,
                wrong,
                write,
            )
            solara.Button(
                "Apply and restart", icon_name="mdi-check", on_click=apply, color="primary", disabled=busy or not count
            )
            solara.Button("Discard", on_click=discard, disabled=not count, text=True)
            solara.Button(
                "As in the file", on_click=lambda: on_apply(original), disabled=busy or running is original, text=True
            )
            with solara.Div(attributes={"role": "status"}, classes=["va-pending"]):
                solara.Text(f"{count} change{'' if count == 1 else 's'} not applied" if count else "No pending changes")
        if wrong:
            words = "; ".join(f"{key}: {message}" if key else message for key, message in wrong.items())
            solara.Error(f"Not applied. {words}", dense=True)
        with solara.ToggleButtonsSingle(value=group, on_value=set_chosen, classes=["va-groups"], dense=True):
            for name in groups:
                mark = " •" if any(entry.path in texts for entry in groups[name]) else ""
                solara.Button(name + mark, value=name, text=True)
        with solara.Div(classes=["va-fields"]):
            for title, part in headings(running, group).items():
                with solara.Div(classes=["va-set"], attributes={"role": "group", "aria-label": title}):
                    solara.HTML(tag="h3", unsafe_innerHTML=escape(title) + marks(part), classes=["va-group"])
                    for entry in groups[group]:
                        if entry.group == title:
                            _field(entry, texts, wrong, write)


def _field(entry: Entry, texts: dict, wrong: dict, write) -> None:
    """One input: its name, unit and bounds, its doc as a hint, what is wrong with it."""
    pending = entry.path in texts
    with solara.Div(classes=["va-field", *(["va-changed"] if pending else [])], key="/".join(map(str, entry.path))):
        solara.InputText(
            f"{entry.name}{f' ({entry.allowed})' if entry.allowed else ''}",
            value=texts.get(entry.path, entry.text),
            on_value=lambda text: write(entry.path, entry.text, text),
            continuous_update=True,
            error=wrong.get(entry.key, False),
            message=("changed. " if pending else "") + entry.doc,
        )
