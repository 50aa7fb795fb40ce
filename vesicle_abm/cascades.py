"""Cascades, measured: how many offspring vesicles have, and which populations were held at their cap."""

import numpy as np

from vesicle_abm.core.identity import MAX_BIRTHS
from vesicle_abm.core.state import DOCKINGS, SATURATED
from vesicle_abm.vesicles.emission import CascadeEmission
from vesicle_abm.views.world import World


def cascade_metrics(world: World) -> dict[str, float]:
    """Of each kind born by cascades, ``KIND.offspring_per_docking`` and ``KIND.branching_ratio``.

    Offspring per docking is births, those that the cap suppressed among them, over the dockings that have borne (of all
    kinds whose dockings bear); with Poisson offspring its standard error is sqrt(ratio / dockings). The branching ratio
    is that times dockings per life that has ended: once no docking waits to bear, offspring over parents, Harris's
    (1948) maximum likelihood estimate of the mean of a branching process. Above 1 a cascade can go on for ever. Each is
    left out while there is nothing to divide by.
    """
    state, found = world.state, {}
    names = world.lifecycle.names
    for k, (name, kind) in enumerate(world.kinds.items()):
        if not isinstance(kind.emission, CascadeEmission):
            continue
        parents = [names.index(parent) for parent in kind.emission.of]
        offspring = int(state.emitted[k].sum())
        if kind.cap is not None:
            offspring += int(state.tallies[SATURATED + name][2])
        waiting = sum(int(state.tallies[DOCKINGS + parent].sum()) for parent in kind.emission.of)
        docked = int(state.docked[parents].sum())
        ended = int(state.fates[parents].sum() + np.delete(state.turnings()[parents], parents, axis=1).sum())
        if docked > waiting:
            found[f"{name}.offspring_per_docking"] = offspring / (docked - waiting)  # the last have had no time to bear
            if ended:
                found[f"{name}.branching_ratio"] = offspring / (docked - waiting) * docked / ended
    return found


def cascade_measures(world: World) -> list[str]:
    """The names that ``cascade_metrics`` may give."""
    born = [name for name, kind in world.kinds.items() if isinstance(kind.emission, CascadeEmission)]
    return [f"{name}.{what}" for name in born for what in ("offspring_per_docking", "branching_ratio")]


def saturation_warnings(world: World) -> list[str]:
    """One sentence for each kind that had to do without births."""
    found = []
    for name, kind in world.kinds.items():
        if kind.cap is None:
            continue
        steps, first, suppressed = world.state.tallies[SATURATED + name].tolist()
        if steps:
            found.append(
                f"kinds.{name}: {suppressed:,} births were suppressed, in {steps:,} steps from step {first:,} on, "
                f"to keep within its cap of {kind.cap:,} vesicles"
                + (f" and the {MAX_BIRTHS:,} that a node can bear in a step" if kind.cap > MAX_BIRTHS else "")
            )
    return found
