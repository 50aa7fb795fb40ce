"""Cascades, measured: how many offspring vesicles have, and which populations were held at their cap."""

import numpy as np

from vesicle_abm.vesicles.emission import CascadeEmission
from vesicle_abm.views.world import World


def cascade_metrics(world: World) -> dict[str, float]:
    """Of each kind born by cascades, ``KIND.offspring_per_docking`` and ``KIND.branching_ratio``.

    The offspring count those that the cap suppressed. The branching ratio is offspring per vesicle that has lived,
    Harris's (1948) maximum likelihood estimate of the mean of a branching process: births by cascade over the parents
    whose lives have ended (of all kinds whose dockings bear). Above 1 a cascade can go on for ever. Left out while
    there is no parent.
    """
    state, found = world.state, {}
    names = world.lifecycle.names
    for k, (name, kind) in enumerate(world.kinds.items()):
        if not isinstance(kind.emission, CascadeEmission):
            continue
        parents = [names.index(parent) for parent in kind.emission.of]
        offspring = int(state.emitted[k].sum())
        if kind.cap is not None:
            offspring += int(state.tallies[f"saturated/{name}"][2])
        waiting = sum(int(state.tallies[f"docked/{parent}"].sum()) for parent in kind.emission.of)
        docked = int(state.docked[parents].sum()) - waiting  # those of the last step have had no time to bear
        ended = int(state.fates[parents].sum() + np.delete(state.turnings()[parents], parents, axis=1).sum())
        if docked:
            found[f"{name}.offspring_per_docking"] = offspring / docked
        if ended:
            found[f"{name}.branching_ratio"] = offspring / ended
    return found


def saturation_warnings(world: World) -> list[str]:
    """One sentence for each kind that was held at its cap."""
    found = []
    for name, kind in world.kinds.items():
        if kind.cap is None:
            continue
        steps, first, suppressed = world.state.tallies[f"saturated/{name}"].tolist()
        if steps:
            found.append(
                f"kinds.{name}: held at its cap of {kind.cap:,} vesicles in {steps:,} steps, first in step {first:,}; "
                f"{suppressed:,} births were suppressed"
            )
    return found
