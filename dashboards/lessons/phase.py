"""Phase gating: when a reward comes decides which synapse learns from it."""

import numpy as np

from .facts import before, changed_on_the_way, go_on, run, unlike, unlike_ablated, value
from .lesson import Lesson, Moment, Question, Step

OFFSET = "plasticity.phase.offset"


def learned(moment: Moment) -> str:
    """What both synapses gained."""
    early, late = moment.model.state.weight[:2] - 1
    said = f"You said {moment.answer}. " if moment.answer else ""
    more, name = (early / late, "early") if early > late else (late / early, "late")
    return f"{said}Learned: early {early:.3f}, late {late:.3f}; {name} {more:.0f} times as much."


def openness(moment: Moment) -> str:
    """The mean gate over a turn, beside 1 / pi."""
    phases = 2 * np.pi * np.arange(20) / 20
    mean = np.maximum(0, np.cos(phases)).mean()
    early, late = moment.model.state.weight[:2] - 1
    return (
        f"The gate's mean over one turn of 20 steps: {mean:.3f}; over a continuous turn 1 / π = {1 / np.pi:.3f}. "
        f"Learned without the gate: early {early:.3f}, late {late:.3f}."
    )


def in_rhythm(moment: Moment) -> str:
    """Empty for a run as the scenario has it."""
    missing = unlike(moment, OFFSET, 0.0, "offset") if value(moment.running, OFFSET) else ""
    return missing or before(moment, 100)


def turned(moment: Moment) -> str:
    """Empty for a run half a turn later."""
    return unlike(moment, OFFSET, 3.14, "offset") or changed_on_the_way(moment) or before(moment, 100)


def ungated(moment: Moment) -> str:
    """Empty for a run without the gate."""
    return unlike_ablated(moment, phase="none") or changed_on_the_way(moment) or before(moment, 100)


LESSON = Lesson(
    name="phase",
    title="Phase gating",
    about=(
        "Brains have rhythms, and synapses change more easily at some moments of a cycle than at others. HMN "
        "equation (4): an update passes times `max(0, cos(Φ - φ))`, Φ the phase of the rhythm now, φ the phase "
        "that the synapse prefers."
    ),
    scenario="phase.toml",
    steps=(
        Step(
            text=(
                "Two synapses, from `early` and `late`, bring the same to `neuron`. The rhythm takes 20 steps a "
                "turn. `early` prefers the phase 0, `late` the phase π, half a turn later. Rewards come every 20 "
                "steps, in steps 20, 40, …: at phase 0."
            ),
            question=Question("Which synapse will learn from them?", ("early", "late", "both alike"), "early"),
            do="Choose an answer, then go to step 100.",
            see="The mean weight rises in steps, just after each reward.",
            check=in_rhythm,
            show=lambda hands: (hands.answer("early"), go_on(hands, 100)),
            tell=learned,
            code="""def ran(scenario):
    model = scenario.build()
    model.run_for(100)
    early, late = model.state.weight[:2] - 1
    print("early", early, "late", late)
    return early, late


early, late = ran(scenario)
assert early > 20 * late""",
        ),
        Step(
            text="The same rewards, half a turn later in the rhythm.",
            do="In Parameters, plasticity, set `offset` to 3.14 (π, in radians). Press Reset, and go to step 100.",
            see=(
                "Now it is `late` that learns, and `early` that does not. Nothing else has changed: the same "
                "activity, the same reward."
            ),
            check=turned,
            show=lambda hands: run(hands, 100, plasticity__phase__offset=3.14),
            tell=learned,
            code="""turned = ran(scenario.override("plasticity.phase.offset", np.pi))
assert np.isclose(turned[1], early, rtol=0.01)
assert np.isclose(turned[0], late, rtol=0.05)""",
        ),
        Step(
            text=(
                "In the mean over a turn the gate lets 1 / π of all updates through, about a third. What is lost in "
                "amount is won in choice: without the gate both synapses learn the same."
            ),
            do="Under Ablate, set phase to none. Press Reset, and go to step 100.",
            see="Both learn, and one cannot be told from the other.",
            check=ungated,
            show=lambda hands: run(hands, 100, plasticity__phase__offset=0.0, plasticity__ablated={"phase": "none"}),
            tell=openness,
            code="""both = ran(scenario.override("plasticity.ablated", {"phase": "none"}))
assert np.isclose(both[0], both[1])
assert both[0] > early""",
        ),
    ),
)
