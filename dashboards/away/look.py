"""Look: what a figure has to know of the stage that it repeats."""

from ..run.course import Model
from ..stage.change import WeightChange
from ..stage.network import NetworkScreen
from ..stage.shades import OCCUPANCY, SIGNED_CHANGE, TITLES, Scale, choices, values_of
from ..stage.snapshot import Snapshot
from .figure import Look


def look_of(screen: NetworkScreen, model: Model, reach: float = 0.0) -> Look:
    """As the canvas of this screen shows a model; its colours reach as far as this at least."""
    snapshot, kinds = Snapshot.of(model), list(model.kinds)
    change = WeightChange.of(model)
    if change is not None:
        change.take(model.state.weight)
    by = screen.colour_by if screen.colour_by in choices(snapshot, change, kinds) else OCCUPANCY
    scale = Scale(TITLES.get(by, by), signed=by == SIGNED_CHANGE)
    scale.reach = reach
    shade = scale.take(values_of(snapshot, change, by, kinds))
    layers = [layer["name"] for layer in screen.widget.layers if layer["shown"]]
    return Look(screen.chosen_layout, layers, shade, scale.legend())
