"""Stage: the network on its canvas, and the choices of what it shows."""

import solara

import vesicle_abm as va

from . import layout
from .network import NetworkScreen
from .picture import SHOWN
from .shades import choices
from .status import Status


@solara.component
def Stage(screen: NetworkScreen, running: va.Scenario | None, status: Status):
    """The canvas, and what it shows; kinds, layers and the search of a neuron are its own."""
    colour, set_colour = solara.use_state(screen.colour_by)
    shown, set_shown = solara.use_state(screen.shown)
    chosen, set_chosen = solara.use_state("")
    picture = screen.picture

    def renew():
        set_chosen(screen.chosen_layout)
        set_colour(screen.colour_by)

    def choose(setter, act):
        def chosen_now(value):
            setter(value)
            act(value)

        return chosen_now

    solara.use_effect(renew, [status.run])
    if picture is not None:
        by = choices(picture.snapshot, picture.change, picture.kinds)
        with solara.Div(classes=["va-choices"]):
            now = picture.colourable(colour)
            solara.Select("Colour neurons by", by, now, on_value=choose(set_colour, screen.colour), dense=True)
            places = layout.layouts(picture.model.graph)
            solara.Select("Places", places, chosen or None, on_value=choose(set_chosen, screen.lay_out), dense=True)
            solara.Select("Draw", list(SHOWN), shown, on_value=choose(set_shown, screen.overlay), dense=True)
    solara.display(screen.widget)
