"""Broadcast and vesicles: the same amount, everywhere alike or where it gets to."""

from .facts import before, changed_on_the_way, run, value
from .lesson import Lesson, Moment, Step

DELIVERY = "kinds.dopamine.delivery"
EVERYWHERE = {"rule": "pulse", "count": 5, "at": 5, "every": 20}  # at each of 40 neurons: 200 a pulse, as before


def spread(moment: Moment) -> str:
    """How unequal levels and learned weights are."""
    level, weight = moment.model.state.modulator[:, 0], moment.model.state.weight
    learned = weight - weight_at_start(moment)
    return (
        f"Level of dopamine: mean {level.mean():.3f}, spread {level.std() / level.mean():.0%} of it. "
        f"Learned: mean {learned.mean():.4f}, spread {learned.std() / learned.mean():.0%} of it."
    )


def weight_at_start(moment: Moment) -> float:
    """The weight that all synapses begin with."""
    return float(value(moment.running, "neurons.weight_scale"))


def delivered(moment: Moment) -> str:
    """How dopamine comes: "broadcast", from "one place", or from "everywhere"."""
    if value(moment.running, DELIVERY) == "broadcast":
        return "broadcast"
    return "one place" if value(moment.running, "kinds.dopamine.emission").get("nodes") else "everywhere"


def ran(moment: Moment, way: str, words: str) -> str:
    """Empty once dopamine has come in this way from the first step on; ``words``: how to have it so."""
    return (words if delivered(moment) != way else changed_on_the_way(moment)) or before(moment, 70)


def everywhere(hands) -> None:
    """The same amount, born at all neurons alike."""
    run(hands, 70, kinds__dopamine__delivery="vesicles", kinds__dopamine__emission=EVERYWHERE)


LESSON = Lesson(
    name="broadcast",
    title="Broadcast and vesicles",
    about=(
        "In most models a neuromodulator is one number for the whole network: a broadcast. Vesicles bring it from "
        "where it is made to where it gets to. Here forty neurons learn by the HMN rule, and need dopamine to do "
        "so: `dw = eta * E * e`, equation (3), E the level of dopamine at the neuron."
    ),
    scenario="broadcast.toml",
    steps=(
        Step(
            text=(
                "Neuron 0 gives off 200 vesicles, every 20 steps. They walk and dock, and raise the level where "
                "they dock by 0.1 each."
            ),
            do="Go to step 70.",
            see=(
                "With neurons coloured by “level of dopamine”: near neuron 0 it is high. Most never receive anything, "
                "and so their synapses learn nothing."
            ),
            check=lambda moment: ran(moment, "one place", "Press “Start over”, so that vesicles come from neuron 0."),
            show=lambda hands: hands.session.run_to(70),
            tell=spread,
            code="""def ran(scenario):
    model = scenario.build()
    model.run_for(70)
    level, learned = model.state.modulator[:, 0], model.state.weight - 0.05
    print(
        f"level {level.mean():.3f}, spread {level.std() / level.mean():.0%};",
        f"learned {learned.mean():.4f}, spread {learned.std() / learned.mean():.0%}",
    )
    return level, learned


level, learned = ran(scenario)
assert level.std() > level.mean()
assert learned.std() > learned.mean()""",
        ),
        Step(
            text=(
                "The same amount as a broadcast: no vesicles are made, and each neuron's level grows by (births) "
                "* (amount) / (neurons) = 200 * 0.1 / 40 = 0.5 a pulse."
            ),
            do="Press “Broadcast the same amount”.",
            offer=("Broadcast the same amount", lambda hands: run(hands, 70, kinds__dopamine__delivery="broadcast")),
            see=(
                "All neurons have one colour. The mean is nearly the same; nobody is left out, and nobody is "
                "singled out."
            ),
            check=lambda moment: ran(moment, "broadcast", "Press “Broadcast the same amount”."),
            show=lambda hands: run(hands, 70, kinds__dopamine__delivery="broadcast"),
            tell=spread,
            code="""same, learned_by_all = ran(scenario.override("kinds.dopamine.delivery", "broadcast"))
plt.plot(level, "k.", label="vesicles from neuron 0")
plt.plot(same, label="broadcast")
plt.xlabel("neuron")
plt.ylabel("level of dopamine")
plt.legend()
assert np.allclose(same, same.mean())
assert abs(same.mean() / level.mean() - 1) < 0.3""",
        ),
        Step(
            text=(
                "Broadcast is a limit: many vesicles, born everywhere, that dock soon. The fewer and the larger "
                "they are, the farther from it. Here 5 a pulse are born at each neuron: 200 in all, as before."
            ),
            do="Press “Vesicles, born everywhere”.",
            offer=("Vesicles, born everywhere", everywhere),
            see="The colours are nearly alike: chance is what is left of the difference.",
            check=lambda moment: ran(moment, "everywhere", "Press “Vesicles, born everywhere”."),
            show=everywhere,
            tell=spread,
            code="""everywhere = {"rule": "pulse", "count": 5, "at": 5, "every": 20}
dense, _ = ran(scenario.override("kinds.dopamine.emission", everywhere))
assert dense.std() / dense.mean() < 0.6 < level.std() / level.mean()""",
        ),
    ),
)
