"""Eligibility traces: a reward that comes late finds what earned it."""

import numpy as np

from .facts import before, changed_on_the_way, go_on, run, unlike_ablated
from .lesson import Lesson, Moment, Question, Step


def traces(moment: Moment) -> str:
    """Both parts of the trace beside their closed form."""
    kept, since = moment.model.state.kept, moment.model.time - 12
    fast, slow = float(kept["trace.fast"][0]), float(kept["trace.slow"][0])
    return (
        f"After {moment.model.time} steps: fast {fast:.4f} (theory exp(-{since} / 5) = {np.exp(-since / 5):.4f}), "
        f"slow {slow:.4f} (exp(-{since} / 50) = {np.exp(-since / 50):.4f}); the weight is "
        f"{moment.model.state.weight[0]:.4f}."
    )


def grown(moment: Moment) -> str:
    """What the synapse gained, beside equation (3)."""
    theory = 0.1 * (np.exp(-40 / 5) + np.exp(-40 / 50))
    said = f"You said {moment.answer}. " if moment.answer else ""
    grew = moment.model.state.weight[0] - 1
    return f"{said}The synapse grew by {grew:.5f}. Equation (3): 0.1 * (exp(-8) + exp(-0.8)) = {theory:.5f}."


def traced(moment: Moment) -> str:
    """Empty while the trace is there, and before the reward."""
    return unlike_ablated(moment) or before(moment, 20)


def rewarded(moment: Moment) -> str:
    """Empty once the reward has come, with the trace in place."""
    return unlike_ablated(moment) or before(moment, 55)


def without(moment: Moment) -> str:
    """Empty for a run without the trace."""
    return unlike_ablated(moment, trace="none") or changed_on_the_way(moment) or before(moment, 55)


LESSON = Lesson(
    name="traces",
    title="Eligibility traces",
    about=(
        "A reward comes when all is over. How does it find the synapse that earned it? By a trace that the "
        "synapse keeps: `e = fast + slow`, HMN equation (2). Both grow by input times answer, x z, and fade: fast "
        "with 5 steps, slow with 50."
    ),
    scenario="traces.toml",
    steps=(
        Step(
            text=(
                "A vesicle of the kind `cue` makes the neuron `before` active in step 10. `after` answers in step "
                "11, and the trace of the synapse between them becomes 1 + 1. Then all is quiet."
            ),
            do="Go to step 20.",
            see=(
                "Both neurons flash, one after the other. The weight of the synapse stays as it is: nothing has "
                "been rewarded."
            ),
            check=traced,
            show=lambda hands: go_on(hands, 20),
            tell=traces,
            code="""model = scenario.build()
model.run_for(12)  # steps 0 to 11
fast, slow = [], []
for _ in range(60):
    fast.append(model.state.kept["trace.fast"][0])
    slow.append(model.state.kept["trace.slow"][0])
    model.step()
since = np.arange(60)
plt.plot(fast, label="fast")
plt.plot(slow, label="slow")
plt.xlabel("steps since the answer")
plt.legend()
assert np.allclose(fast, np.exp(-since / 5))
assert np.allclose(slow, np.exp(-since / 50))""",
        ),
        Step(
            text=(
                "In step 51, 40 steps after the answer, a vesicle of the kind `reward` docks at `after`: E = 1 "
                "for one step. The synapse grows by eta E e, equation (3), with eta = 0.1."
            ),
            question=Question(
                "Which part of the trace will have lasted so long?", ("fast", "slow", "both alike"), "slow"
            ),
            do="Choose an answer, then go to step 55.",
            see="The weight makes one small step upwards.",
            check=rewarded,
            show=lambda hands: (hands.answer("slow"), go_on(hands, 55)),
            tell=grown,
            code="""learned = model.state.weight[0] - 1
print("learned", learned, "theory", 0.1 * (np.exp(-8) + np.exp(-0.8)))
assert np.isclose(learned, 0.1 * (np.exp(-8) + np.exp(-0.8)))""",
        ),
        Step(
            text="Take the trace away. What stands in its place is the correlation of this step alone.",
            do="In Parameters, plasticity, set trace under Ablate to none. Press Reset, and go to step 55.",
            see="The reward comes as before, and finds nothing: the weight stays as it is.",
            check=without,
            show=lambda hands: run(hands, 55, plasticity__ablated={"trace": "none"}),
            tell=lambda moment: f"The synapse grew by {moment.model.state.weight[0] - 1:g}.",
            code="""without = scenario.override("plasticity.ablated", {"trace": "none"}).build()
without.run_for(60)
assert without.state.weight[0] == 1.0""",
        ),
    ),
)
