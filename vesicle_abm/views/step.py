"""One step of a world in one of the views: for each stage, propose, then settle."""

from vesicle_abm.core.stages import STAGES
from vesicle_abm.views import compiled, particles
from vesicle_abm.views.commit import begin, settle
from vesicle_abm.views.particles import Order, in_order
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.undo import Before
from vesicle_abm.views.world import World

PARTICLES, COMPILED = "particles", "compiled"
VIEWS = (PARTICLES, COMPILED)
ANSWERS = {"emit": "content", "migrate": "migration", "dock": "docking", "decay": "hazard"}


def run_stage(world: World, stage: str, view: str = COMPILED, order: Order = in_order) -> None:
    """Propose and settle one stage; ``order`` (particles only) is the order in which agents act, which never matters.

    Raises
    ------
    InputError
        if a rule's answer is refused. The state is then as the stage found it.
    """
    world.stage, before = stage, Before.of(world, stage)
    try:
        ask_first(world, stage)
        begin(world, stage)
        if view == COMPILED:
            compiled.propose(world, stage)
            settle(world, stage, compiled.bear)
        else:
            particles.propose(world, stage, order)
            settle(world, stage, lambda world, born: particles.bear(world, born, order))
    except Exception:
        world.proposals.forget()
        before.restore(world)
        raise
    finally:
        world.stage, world.lesson = None, None


def ask_first(world: World, stage: str) -> None:
    """Have the rules answer before anything is written, so that a refusal leaves the state alone."""
    if stage not in ANSWERS:
        return
    for name, tables in world.tables.items():
        if stage == "emit":
            tables.rate()
        if not world.overridden(name, stage) and needed(tables, stage):
            getattr(tables, ANSWERS[stage])()


def needed(tables: KindTables, stage: str) -> bool:
    """Whether anything in the stage depends on the answer."""
    return tables.kind.content_width > 0 if stage == "emit" else tables.world.state.vesicles[tables.name].size > 0


def step(world: World, view: str = COMPILED, order: Order = in_order) -> None:
    """All stages of one step, in the order of ``STAGES``."""
    for stage in STAGES:
        run_stage(world, stage, view, order)
