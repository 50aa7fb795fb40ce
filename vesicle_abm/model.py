"""VesicleModel: a mesa.Model of vesicles over a graph of neurons. ``step()`` is the kernel K of S_{t+1} ~ K(S_t)."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from vesicle_abm import checkpoint, continuation
from vesicle_abm.assembly import assemble
from vesicle_abm.cascades import cascade_metrics, saturation_warnings
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.stages import STAGES
from vesicle_abm.footprint import Footprint, footprint_of
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.raster import Raster
from vesicle_abm.recorder import FATES, Recorder, further_names
from vesicle_abm.rowmodel import RowModel
from vesicle_abm.rows import give_back
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.views import commit, particles, stretch
from vesicle_abm.views.effects import settle_effects
from vesicle_abm.views.particles import Order, in_order
from vesicle_abm.views.population import add_occupancy
from vesicle_abm.views.step import COMPILED, VIEWS, run_stage
from vesicle_abm.views.undo import Before
from vesicle_abm.views.world import World
from vesicle_abm.writeback import written_back

if TYPE_CHECKING:
    import pandas as pd


SPIKES_AT_ONCE = 2**20


class VesicleModel(RowModel):
    """Vesicles of several kinds over a graph of neurons.

    Parameters
    ----------
    graph : NeuralGraph, or a networkx graph
    kinds : name -> Kind
    neurons : HMNNeurons, LIFNeurons or IzhikevichNeurons, or None for nodes without activity
    plasticity : Plasticity, how their synapses learn, or None
    task : Task, what the network is judged on, or None
    memory : Memory, what nodes can hold of what vesicles write, or None
    estimators : name of a signal -> Estimator of it: novelty, uncertainty, reward prediction error
    seed : whole number below 2**64; the same seed gives the same bits, for every view and number of threads
    view : "compiled" or "particles", the same step fast or agent by agent
    threads : most threads of the compiled view; None for what the environment's VESICLE_ABM_THREADS says, else for 1
        in a worker process of multiprocessing, else for as many as the process may use
    record_every : record each so many steps; 0 for never
    record_spikes : whether to record every spike, of neurons that spike
    memory_limit : bytes that the model may need at most, beyond its graph; None for what the machine has free

    Raises
    ------
    InputError
        for anything that does not fit, naming it.

    >>> import networkx as nx
    >>> from vesicle_abm.vesicles.emission import ConstantEmission
    >>> reward = Kind(emission=ConstantEmission(rate=1.0), lifetime=5)
    >>> model = VesicleModel(nx.path_graph(4), {"reward": reward}, seed=7)
    >>> model.run_for(10)
    >>> model.time, model.counts["born"] == model.counts["alive"] + model.counts["expired"]
    (10, True)
    """

    def __init__(
        self,
        graph: NeuralGraph | nx.Graph,
        kinds: dict[str, Kind],
        *,
        neurons: NeuronModel | None = None,
        plasticity: Plasticity | None = None,
        task: Task | None = None,
        memory: Memory | None = None,
        estimators: dict[str, Estimator] | None = None,
        seed: int = 0,
        view: str = COMPILED,
        threads: int | None = None,
        record_every: int = 1,
        record_spikes: bool = False,
        memory_limit: int | None = None,
    ):
        graph = graph if isinstance(graph, NeuralGraph) else NeuralGraph.from_networkx(graph)
        for key, table in (("kinds", kinds), ("estimators", estimators)):
            if table is not None and not isinstance(table, dict):
                raise InputError(f"got {table!r}; a dict by name is allowed", key)
        if isinstance(record_every, bool) or not isinstance(record_every, int) or record_every < 0:
            raise InputError(f"got {record_every!r}; a whole number >= 0 is allowed, 0 for never", "record_every")
        lifecycle, estimators = Lifecycle(kinds or {}, graph), dict(estimators or {})
        parts = (neurons, plasticity, task, memory, estimators)
        world = assemble(graph, lifecycle, *parts, seed, threads, memory_limit)
        self._begin(world, view, record_every, record_spikes)

    def _begin(self, world: World, view: str, record_every: int, record_spikes: bool = False) -> None:
        self._begin_agents(world)
        self.view = view
        self.order: Order = in_order
        self.recorder = Recorder(self.kinds, record_every, further_names(world))
        if record_spikes:
            if world.neurons is None or not world.neurons.spikes:
                raise InputError("needs neurons that spike, lif or izhikevich; there are none", "record_spikes")
            self.recorder.raster = Raster()

    # Time

    @property
    def time(self) -> int:
        """Steps done."""
        return self.world.state.step

    @property
    def docked_now(self) -> np.ndarray:
        """(K,) dockings of the step just done."""
        return self.world.docked_now

    @property
    def view(self) -> str:
        """The view, "compiled" or "particles"; may be changed at any time, the bits stay the same."""
        return self._view

    @view.setter
    def view(self, name: str) -> None:
        if name not in VIEWS:
            raise InputError(f"got {name!r}; {nearest(name, VIEWS)}", "view")
        self._view = name

    def step(self) -> None:
        """One step: every stage in order, then a recorded row.

        A stage that is refused leaves the state as it found it; those before it are done, and the next step begins
        with the first stage again.
        """
        for stage in STAGES:
            self.run_stage(stage)

    def run_for(self, steps: int) -> None:
        """So many steps."""
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 0:
            raise InputError(f"got {steps!r}; a whole number >= 0 is allowed", "steps")
        end = self.time + int(steps)
        while self.time < end:
            self.advance(end - self.time)

    def advance(self, most: int) -> None:
        """At most so many steps, at least one: several at one go where only spiking neurons act, with the same bits."""
        every, raster, whole = self.recorder.every, self.recorder.raster, type(self).step is not VesicleModel.step
        ahead = min(most, every - self.time % every) if every else most
        keep = None if raster is None else raster.keep
        if whole or self._view != COMPILED or not stretch.run(self.world, ahead, keep):
            self.step()
            return
        self._note_step()

    def run_stage(self, stage: str) -> None:
        """One stage of a step, in the model's view: all of ``STAGES`` in order are ``step()``, and one may look at, or
        round, the state between them.
        """
        self._check_begins(stage)
        run_stage(self.world, stage, self._view, self.order)
        self._settled(stage)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator["VesicleModel"]:
        """One stage by hand: agents act inside the ``with`` block, in any order, and the stage settles at its end.

        A step is all of ``STAGES`` in order; going through them by hand gives the same bits as ``step()``:

        ``with model.stage("migrate"): model.vesicles.shuffle_do("migrate")``
        """
        self._check_begins(name)
        self.world.stage, before = name, Before.of(self.world, name, by_hand=True)
        try:
            commit.begin(self.world, name)
            yield self
            commit.settle(self.world, name, particles.bear)
        except BaseException:
            self.world.proposals.forget()
            before.restore(self.world)
            raise
        finally:
            self.world.stage, self.world.lesson = None, None
        self._settled(name)

    def _check_begins(self, name: str) -> None:
        if name not in STAGES:
            raise InputError(f"got {name!r}; {nearest(name, STAGES)}", "stage")
        if self.world.stage is not None:
            raise InputError(f"{name!r} cannot begin inside the stage {self.world.stage!r}", "stage")

    def _settled(self, name: str) -> None:
        if self.world.proposals.given and name not in ("dock", "release"):
            settle_effects(self.world)
        if name == "decay":
            self.forget_ended()
        if name == "record":
            if self.recorder.raster is not None:
                fired = self.world.proposals.activation  # as neurons answered: FiLM changes what they send
                self.recorder.raster.take(self.time, fired)
            self._note_step()

    def _note_step(self) -> None:
        self.steps = self.time  # Mesa's own counter, right also for steps taken stage by stage
        self.shuffles = 0
        if self.recorder.every and self.time % self.recorder.every == 0:
            self.recorder.collect(self)

    # What there is

    @property
    def signals(self) -> dict[str, Any]:
        """Signals that emission rules may read, by name; set them between steps."""
        return self.world.signals

    @property
    def counts(self) -> dict[str, int]:
        """Vesicles born, alive, absorbed, expired, cleared: the first is the sum of the others, always."""
        return {name: sum(kind[name] for kind in self.counts_by_kind.values()) for name in ("born", "alive", *FATES)}

    @property
    def counts_by_kind(self) -> dict[str, dict[str, int]]:
        """``counts`` for each kind; where vesicles turn into other kinds, also how many ``came`` and ``went`` so:
        born + came = alive + absorbed + expired + cleared + went.
        """
        turns = any(kind.turn is not None for kind in self.world.kinds.values())
        return {
            kind: {
                "born": int(self.state.emitted[k].sum()),
                "alive": columns.size,
                **dict(zip(FATES, self.state.fates[k].tolist(), strict=True)),
                **(self._turned(k) if turns else {}),
            }
            for k, (kind, columns) in enumerate(self.state.vesicles.items())
        }

    def _turned(self, k: int) -> dict[str, int]:
        turnings = self.state.turnings()
        return {"came": int(turnings[:, k].sum()), "went": int(turnings[k].sum())}

    def occupancy(self) -> np.ndarray:
        """(K, N) vesicles of each kind at each node; those under way between nodes are in none."""
        counts = np.zeros((len(self.kinds), self.graph.size), np.int64)
        for count, columns in zip(counts, self.state.vesicles.values(), strict=True):
            add_occupancy(columns, count)
        return counts

    def to_networkx(self) -> nx.Graph:
        """The graph with what the model has become written back to it.

        Edges get ``weight`` |w| / weight_scale and ``sign``, so that a model made of it begins with these weights, and
        what the learning rule keeps of synapses (``fast``, ``slow`` …); nodes ``activation``, ``bias``, ``gain``,
        and of a model that learns ``eta_local`` and ``eta_global``.
        """
        return self.graph.to_networkx(*written_back(self.world))

    @property
    def record(self) -> "pd.DataFrame":
        """What was recorded, one row a recorded step."""
        return self.recorder.frame()

    @property
    def spikes(self) -> np.ndarray:
        """(n, 2) int64 steps done and node of every spike, of a model with ``record_spikes``; of one that was loaded
        from a run directory those since: the others are in the run's ``spikes.parquet``.
        """
        raster = self.recorder.raster
        if raster is None:
            raise InputError("were not recorded; make the model with record_spikes = True", "spikes")
        return np.concatenate(list(raster.blocks(SPIKES_AT_ONCE)))

    @property
    def metrics(self) -> dict[str, float]:
        """What cascades and the task say of the network, by stable names; empty without either."""
        task = self.world.task.metrics(self.state.task) if self.world.task is not None else {}
        return cascade_metrics(self.world) | task

    @property
    def warnings(self) -> list[str]:
        """What one should know of the run before one believes it: which populations were held at their cap."""
        return saturation_warnings(self.world)

    @property
    def footprint(self) -> Footprint:
        """The memory that the model takes, part by part, as its rules let expect."""
        world = self.world
        return footprint_of(world.graph, world.lifecycle, world.neurons, world.plasticity, world.memory)

    @property
    def nbytes(self) -> int:
        """Bytes held by vesicles."""
        return sum(columns.nbytes for columns in self.state.vesicles.values())

    def __repr__(self):
        alive = sum(columns.size for columns in self.state.vesicles.values())
        kinds = ", ".join(self.kinds)
        return f"<VesicleModel: {self.graph.size} neurons, {alive} vesicles of {kinds}, {self.time} steps done>"

    # Going on

    def copy(self) -> "VesicleModel":
        """A model in the same state that goes its own way from here, with the same bits; agents that a user registered
        are not in it.

        >>> import networkx as nx
        >>> from vesicle_abm.vesicles.emission import ConstantEmission
        >>> model = VesicleModel(nx.path_graph(4), {"reward": Kind(emission=ConstantEmission(rate=1.0))}, seed=7)
        >>> model.run_for(5)
        >>> other = model.copy()
        >>> other.run_for(5)
        >>> model.time, other.time
        (5, 10)
        """
        return continuation.copied(self)

    def with_rules_of(self, other: "VesicleModel") -> "VesicleModel":
        """A model with the rules of ``other``, which has not begun, that goes on from the state of this one.

        What other's rules keep and these do not (a trace, a trail …) begins as in a new model. What is set only as a
        model begins, such as a seed, a bias or initial weights, stays as it is in this one's state.

        Raises
        ------
        InputError
            naming what does not fit the state: another graph, other kinds, other numbers in their vesicles.
        """
        return continuation.taken_over(other, self)

    # Saving

    def save(self, path) -> None:
        """Write the whole model to one ``.npz`` file, without pickle; Mesa's own agents are not in it, nor are
        signals that were set from outside.
        """
        checkpoint.write(self, path)

    @classmethod
    def load(cls, path, threads: int | None = None) -> "VesicleModel":
        """The model that ``save`` wrote; it goes on with the same bits.

        Raises
        ------
        InputError
            if the file is missing or damaged, or a user's rule or Vesicle class has not been imported.
        """
        world, header, arrays = checkpoint.read(path, threads)
        model = cls.__new__(cls)
        model._begin(world, header["view"], header["record_every"], "spikes" in arrays)
        if model.recorder.raster is not None:
            model.recorder.raster.restore(arrays["spikes"], header.get("spike_stream"))
        model.recorder.restore(arrays["record"], arrays["presence"], header.get("stream"))
        model.world.docked_now[:] = arrays["docked_now"]
        model.shuffles = header["shuffles"]
        for agent in model.agents.with_ids([int(id_) for id_ in header["own"]]) if header["own"] else ():
            give_back(agent, header["own"][str(agent.unique_id)], arrays)
        return model
