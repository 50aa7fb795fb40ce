"""Transport: play, pause, step, reset, the speed, and where the run stands."""

import solara

from .session import BUILDING, FAILED, FIRST_STEP, PAUSED, PLAYING, WAITING, Session, Status

FASTEST = 60
WORDS = {
    BUILDING: "Building the model …",
    FIRST_STEP: "Preparing the first step: after an installation this compiles for some seconds …",
    WAITING: "Waiting for the browser",
    PLAYING: "Running",
    PAUSED: "Paused",
    FAILED: "Stopped by an error",
}


@solara.component
def Transport(session: Session, status: Status, steps: int):
    """The buttons, the slider and the counter."""
    rate = solara.use_reactive(int(session.rate))
    going = status.phase in (PLAYING, WAITING, FIRST_STEP)
    blocked = status.phase in (BUILDING, FAILED) or status.run == 0

    def set_rate(value):
        rate.set(value)
        session.pace(value)

    with solara.Div(classes=["va-transport"], attributes={"role": "toolbar", "aria-label": "run"}):
        if going:
            solara.Button("Pause", icon_name="mdi-pause", on_click=session.pause, color="primary")
        else:
            solara.Button("Play", icon_name="mdi-play", on_click=session.play, color="primary", disabled=blocked)
        solara.Button("Step", icon_name="mdi-skip-next", on_click=session.step, disabled=blocked or going)
        solara.Button("Reset", icon_name="mdi-restart", on_click=session.reset, disabled=status.phase == BUILDING)
        with solara.Div(classes=["va-speed"]):
            solara.SliderInt(
                "Steps per second", value=rate.value, min=1, max=FASTEST, on_value=set_rate, thumb_label=False
            )
            solara.Text(str(rate.value), classes=["va-speed-number"])
        with solara.Div(classes=["va-counter"]):
            solara.HTML(
                tag="output",
                unsafe_innerHTML=f"Step {status.step}",
                classes=["va-step"],
                attributes={"aria-label": "step counter"},
            )
            solara.Text(f"of {steps}", classes=["va-of"])
        with solara.Div(classes=["va-phase"], attributes={"role": "status", "aria-live": "polite"}):
            if status.busy:
                solara.v.ProgressCircular(indeterminate=True, size=16, width=2, color="primary")
            measured = f", {status.measured:.0f} steps/s" if status.measured >= 1 else ""
            solara.Text(WORDS.get(status.phase, "") + measured)
