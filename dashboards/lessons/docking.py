"""Why docking is probabilistic: how far a signal reaches, and how much it scatters."""

import numpy as np

from .facts import before, changed_on_the_way, go_on, run, unlike
from .lesson import Lesson, Moment, Question, Step

PROBABILITY = "kinds.messenger.docking.probability"
FAR = 5  # neurons that are passed by


def expected(neuron: int, steps: int) -> tuple[float, float]:
    """How many have docked there after so many steps, mean and deviation: of 20 a step, without those on their way."""
    came, part = 20 * (steps - neuron + 1), 0.2 * 0.8 ** (neuron - 1)
    return came * part, float(np.sqrt(came * part * (1 - part)))


def taken(moment: Moment) -> str:
    """What the first neurons took, beside what is expected by now."""
    took = int(moment.model.state.docked[0, 1 : FAR + 1].sum())
    mean = sum(expected(neuron, moment.model.time)[0] for neuron in range(1, FAR + 1))
    spread, beyond = np.sqrt(mean * 0.8**FAR), 1 - (1 - 0.8**FAR) * took / mean
    return (
        f"You said {moment.answer}. neuron1 to neuron{FAR} took {took:,} (theory {mean:,.0f} ± {spread:.0f}), so that "
        f"{beyond:.0%} get beyond (theory 0.8**{FAR} = {0.8**FAR:.0%})."
    )


def scatter(moment: Moment) -> str:
    """What the first neurons took, each beside what is expected by now."""
    docked, steps = moment.model.state.docked[0], moment.model.time
    law = {neuron: expected(neuron, steps) for neuron in (1, 2, 3)}
    told = (f"neuron{k} {docked[k]} (theory {mean:.0f} ± {spread:.0f})" for k, (mean, spread) in law.items())
    return f"Docked: {'; '.join(told)}."


def all_at_once(moment: Moment) -> str:
    """Empty for a run with certain docking."""
    return (
        unlike(moment, PROBABILITY, 1.0, "The docking probability") or changed_on_the_way(moment) or before(moment, 100)
    )


def another_seed(moment: Moment) -> str:
    """Empty for a run of the scenario as it was, but for its seed."""
    if missing := unlike(moment, PROBABILITY, 0.2, "The docking probability"):
        return missing
    if moment.running.seed == 1:
        return "The seed is still 1: write another one."
    return changed_on_the_way(moment) or before(moment, 100)


LESSON = Lesson(
    name="docking",
    title="Why docking is probabilistic",
    about=(
        "Wherever a vesicle is, it docks with a probability p, in every step. Why not simply where there is a "
        "receptor? Here 20 vesicles a step set out from `neuron0` along a row of twelve neurons, all of which "
        "have receptors."
    ),
    scenario="docking.toml",
    steps=(
        Step(
            text=(
                "Each neuron takes the part p = 0.2 of those that come by; the others walk on. So `neuron1` takes "
                "0.2 of all, `neuron2` takes 0.2 * 0.8 of all, and neuron k takes `0.2 * 0.8**(k - 1)`."
            ),
            question=Question(
                f"Which part gets beyond neuron{FAR}?", ("none", "about a third", "nearly all"), "about a third"
            ),
            do="Choose an answer, then go to step 100.",
            see=(
                "The level of `messenger` falls along the row, by a fifth from neuron to neuron, and reaches the end."
            ),
            check=lambda moment: unlike(moment, PROBABILITY, 0.2, "The docking probability") or before(moment, 100),
            show=lambda hands: (hands.answer("about a third"), go_on(hands, 100)),
            tell=taken,
            code="""model = scenario.build()
model.run_for(100)
docked = model.state.docked[0, 1:]
law = 0.2 * 0.8 ** np.arange(12)
print("beyond neuron5", docked[5:].sum() / docked.sum())
plt.bar(range(1, 13), docked / docked.sum(), color="lightgrey", label="docked")
plt.plot(range(1, 13), law / law.sum(), "k.", label="0.2 * 0.8**(k - 1)")
plt.legend()
expected = docked.sum() * law / law.sum()
assert (abs(docked - expected) < 4 * np.sqrt(expected)).all()""",
        ),
        Step(
            text="Now let docking be certain.",
            do="In Parameters, set `probability` to 1, and restart: press Reset. Go to step 100.",
            see="`neuron1` takes all. Behind it nobody hears anything: who is first in a row shadows the rest.",
            check=all_at_once,
            show=lambda hands: run(hands, 100, kinds__messenger__docking__probability=1.0),
            tell=lambda moment: (
                f"Docked at neuron1: {moment.model.state.docked[0, 1]}; at all others: "
                f"{moment.model.state.docked[0, 2:].sum()}."
            ),
            code="""certain = scenario.override("kinds.messenger.docking.probability", 1.0).build()
certain.run_for(100)
print(certain.state.docked[0])
assert certain.state.docked[0, 1] == 2000
assert certain.state.docked[0, 2:].sum() == 0""",
        ),
        Step(
            text=(
                "So p sets how far a signal reaches: 1 / p neurons in the mean. Chance has a price: a neuron "
                "receives a number with a spread, `sqrt(n p (1 - p))` of n that come by. Many small vesicles make "
                "the spread small. Chance is repeatable here: the same seed gives the same run, to the bit."
            ),
            do=(
                "Set `probability` back to 0.2 and the seed to any other number, press “Apply and restart”, and "
                "go to step 100."
            ),
            see="Other vesicles dock in other places, but the shares are the same, within the spread.",
            check=another_seed,
            show=lambda hands: run(hands, 100, kinds__messenger__docking__probability=0.2, seed=7),
            tell=scatter,
            code="""other = scenario.build(seed=7)
other.run_for(100)
print("seed 1", model.state.docked[0])
print("seed 7", other.state.docked[0])
assert (other.state.docked != model.state.docked).any()
again = scenario.build(seed=7)
again.run_for(100)
assert again.state.digest() == other.state.digest()""",
        ),
    ),
)
