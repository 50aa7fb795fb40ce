"""Emulation: a scenario on the mesh. Run as it is and watched, placed, and run again held to the mesh's bits, its
events sent as packets; beside it once more with another seed, to tell how far apart two good runs are anyway.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from vesicle_abm.core.identity import MAX_STEPS
from vesicle_abm.experiments.run import checked
from vesicle_abm.model import VesicleModel
from vesicle_abm.neuromorphic.code import STOCHASTIC
from vesicle_abm.neuromorphic.delivery import deliver
from vesicle_abm.neuromorphic.events import watch
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.partition import BISECTION, check_partitioner
from vesicle_abm.neuromorphic.placement import cores_for, place
from vesicle_abm.neuromorphic.precision import Precision, check_precision, codes_for
from vesicle_abm.neuromorphic.profile import profile
from vesicle_abm.neuromorphic.sending import Sender, check_payload
from vesicle_abm.neuromorphic.tally import Tally
from vesicle_abm.scenario import Scenario

RUNS = 3  # of the scenario
COMPILED = "compiled"


@dataclass(frozen=True)
class Emulation:
    """What came of it: ``plain``, ``other`` (another seed) and ``quantised`` have run, the last on the mesh: ``sender``
    knows where its neurons stand, ``precision`` what its numbers were held to, and ``tally`` what was sent.
    """

    scenario: Scenario
    seed: int
    steps: int
    partitioner: str
    plain: VesicleModel
    other: VesicleModel
    quantised: VesicleModel
    sender: Sender
    precision: Precision
    tally: Tally

    @property
    def mesh(self) -> Mesh:
        """The mesh it ran on."""
        return self.sender.mesh


def emulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    steps: int | None = None,
    bits: int = 8,
    cores: int | None = None,
    partitioner: str = BISECTION,
    rounding: str = STOCHASTIC,
    mesh: Mesh | None = None,
    report: Callable[[int, int], None] = lambda done, steps: None,
) -> Emulation:
    """Run a scenario on the mesh.

    Parameters
    ----------
    seed, steps : instead of the scenario's own
    bits : of a synaptic weight: 16, 8, 6, 4 or 2
    cores : over how many the neurons are dealt out; by default 64, or as many as are needed
    partitioner : "bisection" or "metis"
    rounding : "stochastic" or "nearest"
    mesh : its limits; by default those of a Darwin3-like chip
    report : called with the steps done and the steps in all, of the three runs together

    Raises
    ------
    InputError
        for bad input, and for what the mesh cannot hold: too many neurons or kinds, contents that are too wide.

    >>> import vesicle_abm as va
    >>> found = emulate(va.Scenario.load("reward_wave"), steps=20, cores=4)
    >>> int(found.tally.loads.sum()) == int(found.tally.per_tick()["flit_hops"].sum()) > 0
    True
    """
    mesh, seed = mesh or Mesh(), scenario.seed if seed is None else seed
    steps = checked(scenario.steps if steps is None else steps, "steps", MAX_STEPS)
    check_precision(mesh, bits, rounding)
    plain = scenario.build(seed=seed, view=COMPILED)
    check_payload(mesh, plain)
    check_partitioner(partitioner)
    cores = cores_for(mesh, plain.graph.size, cores)
    quantised, other = (scenario.build(each, COMPILED, graph=plain.graph) for each in (seed, other_seed(seed)))
    done = reporter(report, RUNS * steps)
    seen = profile(plain, steps, mesh, lambda: next(done))
    for _ in range(steps):
        other.step()
        next(done)
    placement = place(mesh, seen.flow, cores, partitioner, seed)
    codes = codes_for(mesh, seen.ranges, bits)
    sender = Sender.of(mesh, quantised, placement, codes, seen.ranges.spiking)
    precision = Precision(quantised, codes, mesh, rounding)
    tally = run_on_mesh(sender, precision, steps, lambda: next(done))
    return Emulation(scenario, seed, steps, partitioner, plain, other, quantised, sender, precision, tally)


def other_seed(seed: int) -> int:
    """A seed beside this one."""
    return seed - 1 if seed else 1


def run_on_mesh(sender: Sender, precision: Precision, steps: int, report: Callable[[], object]) -> Tally:
    """Run a model held to its codes, and send what happens as packets."""
    model, tally = precision.model, Tally(sender.mesh)
    told = model.state.activation.copy()
    for _ in range(steps):
        events = watch(model, precision.after, lambda moves: sender.carry(model, moves))
        packets = sender.packets(events, sender.telling(events.activation, told))
        told = events.activation
        tally.add(model, sender, events, packets, deliver(sender.mesh, packets))
        report()
    return tally


def reporter(report: Callable[[int, int], None], steps: int) -> Iterator[None]:
    """Report one further step each time that it is asked."""
    for done in count(1):
        report(done, steps)
        yield
