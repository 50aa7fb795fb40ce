"""What a vesicle is: one of them, from birth to its end."""

from .facts import before, changed_on_the_way, go_on, run, unlike
from .lesson import Lesson, Moment, Step

GOAL = "neuron5"


def docked(moment: Moment) -> str:
    """Empty once the vesicle has docked, and the learner looks at where."""
    if missing := before(moment, 5):
        return missing
    return "" if moment.selected == GOAL else f"Select {GOAL}: click it, or write its name into “Find a neuron”."


def expired(moment: Moment) -> str:
    """Empty once a vesicle with the short life has come to its end."""
    return (
        unlike(moment, "kinds.messenger.lifetime", 3, "The lifetime") or changed_on_the_way(moment) or before(moment, 6)
    )


def look_at_the_goal(hands) -> None:
    """Go on until it has docked, and select where."""
    go_on(hands, 5)
    hands.select(GOAL)


LESSON = Lesson(
    name="vesicle",
    title="What a vesicle is",
    about=(
        "A vesicle is a small packet that travels through a network of neurons. It is v = (c, κ, l, τ, s): what "
        "it carries, its kind, the neuron where it is, the steps that it has left to live, and its inner state. "
        "Here is one, all by itself."
    ),
    scenario="vesicle.toml",
    steps=(
        Step(
            text=(
                "A vesicle's life is a few verbs: it is emitted, migrates, docks, releases, decays. All five have "
                "their turn in each step, in this order. So a vesicle that is born in a step also walks in that "
                "step."
            ),
            do="Press Step once.",
            see="A vesicle is born at `neuron0` and walks along the synapse to `neuron1`.",
            check=lambda moment: before(moment, 1),
            show=lambda hands: go_on(hands, 1),
            tell=lambda moment: f"Born so far: {moment.model.counts['born']}; alive: {moment.model.counts['alive']}.",
            code="""model = scenario.build()
model.step()
(vesicle,) = model.vesicles
print(vesicle, "has", vesicle.ttl, "steps left")
assert vesicle.label == "neuron1"
assert vesicle.ttl == 8  # of nine""",
        ),
        Step(
            text=(
                "It walks one synapse a step. Only `neuron5` has receptors for it, so it passes the others by. "
                "Where it docks it releases what it carries: the level of this modulator rises there, by 1. Then "
                "it is absorbed: its life has ended."
            ),
            do=f"Go on to step 5, then select {GOAL}.",
            see=f"The level of `messenger` at {GOAL} is 1, and no vesicle is left.",
            check=docked,
            show=look_at_the_goal,
            tell=lambda moment: (
                f"Level at {GOAL}: {moment.model.state.modulator[5, 0]:g}; absorbed: {moment.model.counts['absorbed']}."
            ),
            code="""model.run_for(4)
print(model.counts)
assert model.time == 5
assert model.counts["absorbed"] == 1
assert model.state.modulator[:, 0].tolist() == [0, 0, 0, 0, 0, 1]""",
        ),
        Step(
            text=(
                "Not every vesicle arrives. Its lifetime counts down, one a step, and at 0 it expires. The books "
                "always balance: born = alive + absorbed + expired + cleared."
            ),
            do="In Parameters, set `lifetime` to 3. Press Reset, and go to step 6.",
            see=f"It expires at `neuron3`, three steps after its birth. {GOAL} never hears of it.",
            check=expired,
            show=lambda hands: run(hands, 6, kinds__messenger__lifetime=3),
            tell=lambda moment: (
                f"Expired: {moment.model.counts['expired']}; level at {GOAL}: {moment.model.state.modulator[5, 0]:g}."
            ),
            code="""model = scenario.override("kinds.messenger.lifetime", 3).build()
model.run_for(6)
print(model.counts)
assert model.counts["expired"] == 1
assert model.state.modulator.sum() == 0""",
        ),
    ),
)
