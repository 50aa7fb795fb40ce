"""The activate stage, for some rows of neurons: both views ask the neurons' model here, with what has reached them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import functions, stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.neurons.neuron import Cells
from vesicle_abm.views import kernels
from vesicle_abm.views.changes import bias_of
from vesicle_abm.views.learning import efficacy_of

if TYPE_CHECKING:
    from vesicle_abm.views.world import World


def answer(world: "World", rows: slice, excited: np.ndarray, inhibited: np.ndarray) -> None:
    """Propose the activation of the neurons in ``rows``, and what they keep; where the model does not tell them apart,
    ``excited`` (n,) is all their input.
    """
    neurons: Any = world.neurons
    state, proposals = world.state, world.proposals
    efficacy = efficacy_of(world)
    if efficacy is not None:
        excited, inhibited = excited * efficacy[rows], inhibited * efficacy[rows]
    cells = Cells(
        input=excited,
        excited=excited,
        inhibited=inhibited,
        gain=state.gain[rows],
        bias=bias_of(world)[rows],
        drive=state.drive[rows],
        noise=noise_of(world, rows),
        kept={name: values[rows] for name, values in state.cells.items()},
    )
    everyone = len(excited) == world.graph.size
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
        proposals.activation[rows], kept = (neurons if everyone else neurons.seen_from(rows)).answer(cells, functions)
    for name, values in kept.items():
        proposals.cells[name][rows] = values


def noise_of(world: "World", rows: slice) -> Any:
    """(n,) the input noise of both sorts; 0.0 where there is none."""
    neurons: Any = world.neurons
    seed, step, ids = np.uint64(world.state.seed), np.uint64(world.state.step), np.arange(world.graph.size)[rows]
    total: Any = 0.0
    for width, stream in ((neurons.noise, stages.NOISE), (neurons.jitter, stages.JITTER)):
        if np.any(width):
            u = np.empty(len(ids))
            kernels.draw(ids, np.uint64(stream // kernels.WORDS), stream % kernels.WORDS, seed, step, u)
            z = functions.normal_quantile(u) if stream == stages.NOISE else u - 0.5
            total = total + (width[rows] if np.ndim(width) else width) * z
    return total


def settle_cells(world: "World") -> None:
    """What neurons have proposed to keep becomes what they keep.

    Raises
    ------
    InputError
        for a membrane that has run away.
    """
    for name, values in world.proposals.cells.items():
        if not np.isfinite(values).all():
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            words = f"{name} of {world.graph.nodes[at]!r} is {values[at]} in step {world.state.step}"
            raise InputError(f"{words}: the step is too long for its input; give a smaller dt_ms", "neurons")
    for name, values in world.proposals.cells.items():
        world.state.cells[name][:] = values
