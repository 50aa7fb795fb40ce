"""Rules that use the memory of nodes: a gated write, an attention read that feeds activation, docking by match."""

import numpy as np

from vesicle_abm.core.parameters import SCALAR, parameter
from vesicle_abm.vesicles.docking import Docking
from vesicle_abm.vesicles.memory import OVERWRITES, attended, matches, slot_for
from vesicle_abm.vesicles.release import ACTIVATION, MEMORY, Release, check_component, component_parameter


class MemoryRelease(Release, name="memory"):
    """M_s <- (1 - gate) M_s + gate c: write the content into a slot of the node's memory (see ``memory``)."""

    uses_memory = True
    target = MEMORY
    gate: float = parameter(1.0, "g, the part of the slot that is replaced", ge=0.0, le=1.0)
    vigilance: float = parameter(
        0.9, "cosine from which a content goes to the slot that is most like it; below, to the weakest", per=SCALAR,
        ge=-1.0, le=1.0,
    )  # fmt: skip

    def effect(self, vesicles, nodes, xp):
        """(n, 2 + D) the slot, -log(1 - gate), and the content."""
        slot = slot_for(vesicles.content, nodes.memory, self.vigilance, xp)
        strength = xp.minimum(-xp.log(1.0 - np.asarray(self.gate, dtype=np.float64)), OVERWRITES)
        return xp.columns(nodes.index, slot, strength, *np.moveaxis(vesicles.content, -1, 0))

    def width(self, content_width):
        """2 + D."""
        return 2 + content_width


class ReadRelease(Release, name="read"):
    """h <- h + amount * r, at once: the activation is fed by what attention reads from memory with the content as cue.

    r is a component of what is read, or its cosine with the content: how well the node knows it. [our formula]
    """

    uses_memory = True
    target = ACTIVATION
    amount: float = parameter(1.0, "activation per unit of what is read")
    beta: float = parameter(4.0, "inverse temperature of the attention over slots", per=SCALAR, ge=0.0)
    component: int | None = component_parameter("component of what is read; none: its cosine with the content")

    def effect(self, vesicles, nodes, xp):
        """(n, 2) 0 and amount * r."""
        found = attended(vesicles.content, nodes.memory, self.beta, xp)
        if self.component is None:
            known = matches(vesicles.content, found[:, None, :], xp)[:, 0]
        else:
            known = found[:, self.component]
        return xp.columns(nodes.index, 0.0, self.amount * known)

    def width(self, content_width):
        """Two, as FiLM's: gamma, which is 0, and beta."""
        return 2

    def check(self, content_width):
        """The component must be there."""
        if self.component is not None:
            check_component(self.component, content_width, "component")


class MemoryDocking(Docking, name="memory"):
    """Dock where the content is known: p = sigmoid(gain (max_s cos(c, M_s) - threshold)); 0 where nothing is stored.
    [our formula]
    """

    uses_memory = True
    gain: float = parameter(20.0, "steepness over the cosine", per=SCALAR, ge=0.0)
    threshold: float = parameter(0.5, "cosine at which every other vesicle docks", per=SCALAR, ge=-1.0, le=1.0)

    def probability(self, vesicles, nodes, xp):
        """(n,) by the best match."""
        memory = nodes.memory
        best = matches(vesicles.content, memory, xp).max(axis=1)
        stored = xp.dot(memory, memory).max(axis=1) > 0.0
        return xp.where(stored, xp.sigmoid(self.gain * (best - self.threshold)), 0.0)
