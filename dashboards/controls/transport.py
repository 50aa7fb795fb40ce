"""Transport: play, pause, step, back, reset, go to a step, the speed, and where the run stands."""

from pathlib import Path

import anywidget
import traitlets

from ..run.session import Session
from ..run.status import BUILDING, FAILED, FIRST_STEP, PAUSED, PLAYING, SEEKING, WAITING, Status

HERE = Path(__file__).parent
FASTEST = 60  # steps per second
FURTHEST = 10**9  # step that can be asked for
WORDS = {
    BUILDING: "Building the model …",
    FIRST_STEP: "Preparing the first step: after an installation this compiles for some seconds …",
    SEEKING: "Going there",
    WAITING: "Waiting for the browser",
    PLAYING: "Running",
    PAUSED: "Paused",
    FAILED: "Stopped by an error",
}


class TransportWidget(anywidget.AnyWidget):
    """The bar; it sends orders."""

    _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("../browser/element.js", "transport.js"))
    _css = (HERE / "transport.css").read_text(encoding="utf-8")
    status = traitlets.Dict().tag(sync=True)
    rate = traitlets.Int(10, min=1, max=FASTEST).tag(sync=True)
    fastest = traitlets.Int(FASTEST).tag(sync=True)


class Transport:
    """The bar of one session."""

    def __init__(self, session: Session):
        self.session, self.widget = session, TransportWidget()
        self.tell(session.status)
        self.widget.on_msg(self._hear)
        self.widget.observe(lambda change: session.aim_for(change["new"]), "rate")

    def tell(self, status: Status) -> None:
        """Show how the session stands."""
        plan = self.session.plan
        measured = f", {status.measured:.0f} steps/s" if status.measured >= 1 else ""
        self.widget.status = {
            "step": status.step,
            "reached": status.reached,
            "steps": plan.steps if plan is not None else 0,
            "going": status.going,
            "busy": status.busy,
            "building": status.phase == BUILDING,
            "blocked": status.phase == BUILDING or status.run == 0 or self.session.course is None,
            "words": WORDS.get(status.phase, "") + measured,
        }

    def _hear(self, _widget, content, _buffers) -> None:
        session, (order, number) = self.session, order_in(content)
        orders = {"play": session.play, "pause": session.pause, "reset": session.reset}
        with_number = {"step": session.step, "run_to": session.run_to, "seek": session.seek}
        if order in orders:
            orders[order]()
        elif order in with_number:
            with_number[order](number)


def order_in(content) -> tuple[str, int]:
    """The order in a message, and its number; none in one that this page's bar would not send.

    >>> order_in({"order": "step", "number": 3}), order_in({"order": "step", "number": -1e400}), order_in("step")
    (('step', 3), ('', 0), ('', 0))
    """
    order, number = (content.get("order"), content.get("number", 0)) if isinstance(content, dict) else (None, None)
    sound = isinstance(order, str) and isinstance(number, int) and 0 <= number <= FURTHEST
    return (order, number) if sound else ("", 0)
