"""Ablate and see: what a part of the learning rule was for, told by what is missing without it."""

import numpy as np

from .facts import before, changed_on_the_way, go_on, run, unlike_ablated, value
from .lesson import Lesson, Moment, Question, Step

INTACT = 1.86e-3  # what synapses learn in the mean over 200 steps, as the scenario has it


def learned(moment: Moment) -> np.ndarray:
    """(E,) what each synapse gained."""
    return moment.model.state.weight - float(value(moment.running, "neurons.weight_scale"))


def amount(moment: Moment) -> str:
    """How much was learned, and how unequally."""
    gained = learned(moment)
    said = f"You said {moment.answer}. " if moment.answer else ""
    mean = gained.mean()
    return (
        f"{said}Learned: {mean:.5f} in the mean, {mean / INTACT:.2f} times what the intact rule learns; "
        f"spread {gained.std() / mean:.0%}."
    )


def ablated(stages: dict[str, str]):
    """The check for a run with these stages ablated, and no others."""
    return lambda moment: unlike_ablated(moment, **stages) or changed_on_the_way(moment) or before(moment, 200)


def without(stages: dict[str, str]):
    """Runs it with these stages ablated."""
    return lambda hands: run(hands, 200, plasticity__ablated=stages)


LESSON = Lesson(
    name="ablation",
    title="Ablate and see",
    about=(
        "To know what a part does, take it away. Forty neurons learn by `dw = eta * G * e * gate`: the trace e "
        "(2), the modulation G (6), the phase gate (4). An ablation puts a neutral element in a part's place: "
        "with none its factor is 1, with mean it is the part's mean, so that as much is learned, but without what "
        "the part knew."
    ),
    scenario="ablation.toml",
    steps=(
        Step(
            text="First the intact rule, to compare with.",
            do="Go to step 200.",
            see="The mean weight rises by about 0.0019.",
            check=ablated({}),
            show=lambda hands: go_on(hands, 200),
            tell=amount,
            code="""def learned(**ablated):
    model = scenario.override("plasticity.ablated", ablated).build()
    model.run_for(200)
    gained = model.state.weight - 0.05
    print(ablated or "intact", gained.mean(), f"spread {gained.std() / gained.mean():.0%}")
    return gained


intact = learned()
assert np.isclose(intact.mean(), 1.86e-3, rtol=0.01)""",
        ),
        Step(
            text="The phase gate is open for half of each turn, and 1 / π in the mean.",
            question=Question(
                "How much is learned without it?", ("a third", "as much", "about three times"), "about three times"
            ),
            do=(
                "Choose an answer. In Parameters, plasticity, set phase under Ablate to none. Press Reset, and go "
                "to step 200."
            ),
            see=(
                "About π = 3.14 times as much is learned; a little more, since what has grown answers more, and "
                "so grows more."
            ),
            check=ablated({"phase": "none"}),
            show=lambda hands: (hands.answer("about three times"), without({"phase": "none"})(hands)),
            tell=amount,
            code="""ungated = learned(phase="none")
assert np.isclose(ungated.mean() / intact.mean(), np.pi, rtol=0.05)""",
        ),
        Step(
            text=(
                "The trace sums up what was: of a constant correlation 1 / (1 - exp(-1/5)) + 1 / (1 - exp(-1/20)) "
                "= 26.0 times as much."
            ),
            question=Question("How much is learned without it?", ("a 26th", "half", "as much"), "a 26th"),
            do="Choose an answer. Set phase back to on and trace to none. Press Reset, and go to step 200.",
            see="Hardly anything is learned: the curve looks flat.",
            check=ablated({"trace": "none"}),
            show=lambda hands: (hands.answer("a 26th"), without({"trace": "none"})(hands)),
            tell=amount,
            code="""forgetful = learned(trace="none")
assert np.isclose(intact.mean() / forgetful.mean(), 26.0, rtol=0.1)""",
        ),
        Step(
            text=(
                "With none one sees mostly that the size of the step has changed. With mean the size stays, and "
                "the knowledge goes: here, where dopamine is. Every synapse gets the network's mean level instead "
                "of its own neuron's."
            ),
            do="Set trace to on and modulation to mean. Press Reset, and go to step 200.",
            see=(
                "As much is learned as by the intact rule, but all synapses learn nearly the same: the spread is "
                "a third."
            ),
            check=ablated({"modulation": "mean"}),
            show=without({"modulation": "mean"}),
            tell=amount,
            code="""even = learned(modulation="mean")
assert np.isclose(even.mean(), intact.mean(), rtol=0.05)
assert even.std() < intact.std() / 2""",
        ),
    ),
)
