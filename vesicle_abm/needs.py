"""What the rules of kinds, and estimators, need of the rest of a model; and all of it that is missing."""

import dataclasses
from collections.abc import Collection, Iterator

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule, public_name
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.change import BIAS, LEARNING, WEIGHT
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.vesicles.release import ACTIVATION
from vesicle_abm.vesicles.release import MEMORY as WRITES

NEURONS, PLASTICITY, MEMORY = "neurons", "plasticity", "memory"
NEEDED = {
    NEURONS: "acts on neurons; give neurons=HMNNeurons() too, in a scenario the table [neurons]",
    PLASTICITY: "acts on how synapses learn; give plasticity=Plasticity() too, in a scenario the table [plasticity]",
    MEMORY: "uses the memory of nodes; give memory=Memory(...) too, in a scenario the table [memory]",
}
HAVING = {"eta": "modulation"}  # the part that has what a learning release changes, where it is named otherwise
# By part of the learning rule, one that has the numbers which shipped releases change: in Python, and in a scenario.
SHIPPED = {
    "modulation": ("Modulation()", "modulation"),
    "trace": ("CompositeTrace()", "composite"),
    "chance": ("ProbabilisticGate()", "probabilistic"),
    "phase": ("PhaseGate()", "phase"),
}


def need_problems(
    kinds: dict[str, Kind], has: Collection[str], plasticity: Plasticity | None, memory: Memory | None
) -> Iterator[InputError]:
    """What rules of kinds need and a model lacks that ``has`` these of neurons, plasticity and memory.

    ``plasticity`` and ``memory`` are looked at where they are known.
    """
    for name, kind in kinds.items():
        for key, rule in kind.keyed_rules():
            place = f"kinds.{name}.{key}"
            missing = [what for what in needs(rule) if what not in has]
            yield from (InputError(NEEDED[what], place) for what in missing)
            if plasticity is not None and getattr(rule, "changes", None) == LEARNING:
                yield from (problem.inside(place) for problem in part_problems(rule, plasticity))
            if memory is not None and MEMORY in needs(rule) and kind.content_width != memory.width:
                words = f"uses memory, whose width is {memory.width}, by contents of {kind.content_width} numbers"
                yield InputError(f"{words}; make memory.width and kinds.{name}.content_width the same", place)


def needs(rule: Rule) -> list[str]:
    """What a model must have for a rule."""
    changes, found = getattr(rule, "changes", None), []
    if getattr(rule, "target", None) == ACTIVATION or changes in (BIAS, WEIGHT):
        found.append(NEURONS)
    if changes == LEARNING:
        found.append(PLASTICITY)
    uses_memory = getattr(rule, "uses_memory", False) or getattr(rule, "target", None) == WRITES
    return [*found, MEMORY] if uses_memory else found


def part_problems(rule, plasticity: Plasticity) -> Iterator[InputError]:
    """That a learning rule lacks the part, or the numbers, that a release changes."""
    part = HAVING.get(rule.part, rule.part)
    have = getattr(plasticity, part)
    lacks = [number for number in rule.numbers if have is None or number not in vars(have)]
    if lacks:
        made, named = SHIPPED[part]
        words = f"changes {', '.join(lacks)} of plasticity.{part}, which {'is absent' if have is None else 'lacks it'}"
        yield InputError(f'{words}; give {part}={made}, in a scenario plasticity.{part} = {{ rule = "{named}" }}')


def signal_problems(
    kinds: dict[str, Kind],
    estimators: dict[str, Estimator],
    task: Task | None,
    plasticity: Plasticity | None,
    given: Collection[str] = (),
) -> Iterator[InputError]:
    """Signals that are read and that nobody gives: neither an estimator nor the task, if that says what it gives, nor
    whoever builds the model (``given``).
    """
    if task is not None and task.tells is None:
        return
    told = [*(getattr(task, field) for field in (task.tells or () if task is not None else ())), *estimators, *given]
    rules = [(f"kinds.{name}.{key}", rule) for name, kind in kinds.items() for key, rule in kind.keyed_rules()]
    rules += [(f"estimators.{name}", rule) for name, rule in estimators.items()]
    rules += [(f"plasticity.{name}", rule) for name, rule in (plasticity.parts() if plasticity is not None else ())]
    for place, rule in [*rules, *([("task", task)] if task is not None else [])]:
        for item in dataclasses.fields(rule):
            for signal in signals_read(rule, item):
                if signal not in told:
                    words = f"no signal {signal!r} is given by a task or an estimator"
                    yield InputError(f"{words}; {nearest(signal, told)}", f"{place}.{public_name(item)}")


def signals_read(rule: Rule, item: dataclasses.Field) -> list:
    """The names of signals that a field of a rule holds."""
    value = getattr(rule, item.name) if item.metadata.get("option", {}).get("signal") else []
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def estimator_problems(
    estimators: dict[str, Estimator], graph: NeuralGraph, has: Collection[str]
) -> Iterator[InputError]:
    """What is wrong with estimators: names, nodes that the graph lacks, neurons that the model lacks."""
    for name, rule in estimators.items():
        place = f"estimators.{name}"
        if not isinstance(rule, Estimator):
            yield InputError(f"got {rule!r}; a rule of the family Estimator is allowed", place)
            continue
        if not isinstance(name, str) or "." in name:
            yield InputError(f"{name!r} cannot name a signal; letters, digits, '-', '_' are allowed", place)
        if NEURONS not in has:
            yield InputError(
                "looks at activity; give neurons=HMNNeurons() too, in a scenario the table [neurons]", place
            )
        try:
            rule.bind(graph).first(graph)
        except InputError as error:
            yield error.inside(place)
