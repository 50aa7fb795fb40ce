"""Banner: what went wrong and what to do about it; the page lives on."""

import solara

from ..run.session import Session
from ..run.status import FAILED, Status


@solara.component
def Banner(session: Session, status: Status, refused: str):
    """An error of the scenario or the model, if there is one."""
    with solara.Div(attributes={"role": "alert"}, classes=["va-banner"]):
        if refused:
            solara.Error(refused)
        elif status.phase == FAILED:
            where = f"The run stopped at step {status.step}. " if status.step else "The run could not start. "
            with solara.Error(f"{where}{status.message} Change a parameter and apply, go back, or reset."):
                solara.Button("Reset", on_click=session.reset, small=True)
