"""Picture: all that is shown of one model, taken in step by step and put into frames."""

from dataclasses import replace
from typing import Any

import numpy as np

import vesicle_abm as va

from .change import WeightChange
from .colours import HEAT_ON_LIGHT
from .edges import Lines
from .fading import FADE, FadingMean, Traffic
from .flashes import FLASH, Dockings
from .follow import Followed
from .frames import Drawn, Motion
from .heatmap import HeatMap
from .inspector import Inspector
from .shades import OCCUPANCY, SIGNED_CHANGE, TITLES, Scale, choices, values_of
from .snapshot import Snapshot

VESICLES, PATHS, HEAT = "vesicles", "paths", "heat"
SHOWN = (VESICLES, PATHS, HEAT)
MOST_PATHS = 1000
LATELY = f"mean, fading over {FADE} steps"
OVERLAYS = {
    PATHS: f"vesicles a step between two neurons, {LATELY}",
    HEAT: f"vesicles around a place, {LATELY}",
}


class Picture:
    """A VesicleModel or a density as it is shown: ``take`` every step, ``frame`` when there is room for one."""

    def __init__(self, model, wired: list[str] | None):
        """``wired``: the layers of edges that carry activity."""
        graph, self.kinds = model.graph, list(model.kinds)
        self.model, self.single = model, isinstance(model, va.VesicleModel)
        self.lines, self.inspector = Lines(graph, wired), Inspector(graph, self.kinds)
        self.motion, self.dockings = Motion(graph.size), Dockings()
        self.change = WeightChange.of(model)
        self.followed: Followed | None = None
        self.scales: dict[Any, Scale] = {}
        self._heat: tuple[np.ndarray, HeatMap] | None = None
        self.jump(model)

    def jump(self, model) -> None:
        """The model stands elsewhere: nothing glides there, and what was counted lately is forgotten."""
        self.motion.forget()
        self.dockings.forget()
        graph, kinds = model.graph, len(self.kinds)
        self.traffic, self.crowd = Traffic(graph, kinds), FadingMean((kinds, graph.size))
        if self.followed is not None:
            self.followed = Followed(model, self.followed.id, model.state.vesicles)
        self.take(model)
        self.draw()

    def take(self, model) -> None:
        """Take in a step; after changes of its rules, or of time, the model may be another object."""
        self.model = model
        self.crowd.begin_step()
        self.crowd.add(slice(None), model.occupancy())
        if self.single:
            self.motion.step(model)
            self.traffic.step(self.motion.now)
            if self.followed is not None:
                self.followed.take(model, model.state.vesicles)

    def draw(self) -> None:
        """What a new frame shows: the numbers now, and the vesicles' ways and dockings since the last."""
        self.snapshot = Snapshot.of(self.model)
        watched = None if self.followed is None else self.followed.id
        self.drawn: Drawn = self.motion.draw(watched)
        self.docked = self.dockings.since(self.model) if self.single else np.zeros(0, FLASH)

    def watch(self, followed: Followed | None) -> None:
        """Show one vesicle by itself, from the frame that is shown now on."""
        self.followed = followed
        self.drawn = replace(self.drawn, watched=followed and self.motion.standing(followed.id))

    def strengths(self) -> tuple[bytes, list[float]]:
        """The strength of each line now, and each layer's largest; weight changes are taken in, too."""
        weight = self.model.state.weight if self.single and self.model.world.neurons is not None else None
        if self.change is not None:
            self.change.take(self.model.state.weight)
        share, highest = self.lines.strengths(self.model.graph, weight)
        return share.tobytes(), highest

    def colourable(self, by: str) -> str:
        """``by``, if the neurons can be coloured by it; else occupancy."""
        return by if by in choices(self.snapshot, self.change, self.kinds) else OCCUPANCY

    def frame(self, by: str, shown: str, hidden: list[int], places: np.ndarray) -> tuple[dict, list[bytes]]:
        """The frame: what it says, and its buffers: shades, counts, dots, flashes, and two of paths or heat.

        ``by``: what colours neurons; ``shown``: one of SHOWN; ``hidden``: numbers of kinds that are not shown.
        """
        snapshot, drawn = self.snapshot, self.drawn
        by = self.colourable(by)
        scale = self.scales.setdefault(by, Scale(TITLES.get(by, by), signed=by == SIGNED_CHANGE))
        shades = scale.take(values_of(snapshot, self.change, by, self.kinds))
        counts = np.minimum(snapshot.occupancy.sum(axis=0), np.iinfo(np.uint16).max)
        overlay, extra = self._overlay(shown, [k for k in range(len(self.kinds)) if k not in hidden], places)
        meta = {
            "step": snapshot.step,
            "scale": scale.legend(),
            "alive": self._alive(),
            "expected": snapshot.expected,
            "shown": shown,
            "wide": drawn.dots.dtype["from"].itemsize > 2,
            "grouped": {"most": drawn.most, "missing": drawn.missing} if drawn.grouped else None,
            "overlay": overlay,
            "followed": self._told(),
        }
        dots, flashes = (drawn.dots.tobytes(), self.docked.tobytes()) if shown == VESICLES else (b"", b"")
        return meta, [shades.tobytes(), counts.astype("<u2").tobytes(), dots, flashes, *extra]

    def _alive(self) -> list[float]:
        """Vesicles of each kind: of single ones, also those under way; of a density, what is expected at nodes."""
        if self.motion.shown is None:
            return self.snapshot.occupancy.sum(axis=1).round(1).tolist()
        return np.diff(self.motion.shown.first).tolist()

    def _overlay(self, shown: str, kinds: list[int], places: np.ndarray) -> tuple[dict | None, list[bytes]]:
        scale = self.scales.setdefault((shown, *kinds), Scale(OVERLAYS.get(shown, ""), even=True))
        if shown == PATHS:
            ends, amount = self.traffic.travelled(kinds)
            shares = (scale.take(amount[-MOST_PATHS:]) // 2).astype(np.int8)
            note = f"the busiest {len(shares):,} of {len(ends):,}" if len(ends) > MOST_PATHS else ""
            return scale.legend() | {"note": note}, [ends[-MOST_PATHS:].astype("<u4").tobytes(), shares.tobytes()]
        if shown == HEAT:
            heat = self._heat_map(places)
            shades = scale.take(heat.of(self.crowd.value()[kinds].sum(axis=0)))
            about = {"width": heat.width, "height": heat.height, "half": heat.half.tolist()}
            return scale.legend() | about | {"ramp": HEAT_ON_LIGHT}, [shades.tobytes(), b""]
        return None, [b"", b""]

    def _heat_map(self, places: np.ndarray) -> HeatMap:
        if self._heat is None or self._heat[0] is not places:
            self._heat = (places, HeatMap(places))
        return self._heat[1]

    def _told(self) -> dict | None:
        if self.followed is None:
            return None
        followed = self.followed
        return {
            "rows": followed.rows(),
            "kind": self.kinds.index(followed.kind) if followed.kind else 0,
            "path": list(followed.path),
            "ended": followed.ended,
            "way": self.drawn.watched,
        }
