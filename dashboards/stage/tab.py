"""Stage: the network on its canvas, and the choices of what it shows."""

import solara

import vesicle_abm as va

from ..controls.choice import Choice
from ..run.status import Status
from . import layout
from .network import NetworkScreen
from .picture import SHOWN
from .shades import choices


@solara.component
def Stage(screen: NetworkScreen, running: va.Scenario | None, status: Status):
    """The canvas, and what it shows; kinds, layers and the search of a neuron are its own."""
    _, draw_again = solara.use_state(0)
    picture = screen.picture

    def choose(act):
        def chosen(value):
            act(value)
            draw_again(lambda times: times + 1)

        return chosen

    if picture is not None:
        by = choices(picture.snapshot, picture.change, picture.kinds)
        with solara.Div(classes=["va-choices"]):
            Choice("Colour neurons by", by, picture.colourable(screen.colour_by), choose(screen.colour))
            Choice("Places", layout.layouts(picture.model.graph), screen.chosen_layout, choose(screen.lay_out))
            Choice("Draw", SHOWN, screen.shown, choose(screen.overlay))
    solara.display(screen.widget)
