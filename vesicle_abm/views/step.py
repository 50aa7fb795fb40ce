"""One step of a world in one of the views: for each stage, propose, then settle."""

from vesicle_abm.core.stages import STAGES
from vesicle_abm.views import compiled, particles
from vesicle_abm.views.commit import settle
from vesicle_abm.views.particles import Order, in_order
from vesicle_abm.views.world import World

PARTICLES, COMPILED = "particles", "compiled"
VIEWS = (PARTICLES, COMPILED)


def run_stage(world: World, stage: str, view: str = COMPILED, order: Order = in_order) -> None:
    """Propose and settle one stage; ``order`` (particles only) is the order in which agents act, which never matters."""
    world.stage = stage
    try:
        if view == COMPILED:
            compiled.propose(world, stage)
            settle(world, stage, compiled.bear)
        else:
            particles.propose(world, stage, order)
            settle(world, stage, lambda world, born: particles.bear(world, born, order))
    finally:
        world.stage = None


def step(world: World, view: str = COMPILED, order: Order = in_order) -> None:
    """All stages of one step, in the order of ``STAGES``."""
    for stage in STAGES:
        run_stage(world, stage, view, order)
