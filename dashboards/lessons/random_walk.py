"""Random walk and density: many vesicles, and the mean of many runs."""

from dataclasses import replace

import numpy as np

from .facts import before, go_on, rows, run, unlike, value
from .lesson import Lesson, Moment, Question, Step

SETTLED = 200  # steps after which the population no longer depends on the beginning
HAZARD = "kinds.walker.decay.hazard"


def expected(moment: Moment) -> float:
    """Vesicles in the mean: each step four are added, and then the part ``hazard`` of all fades."""
    hazard = value(moment.running, HAZARD)
    return 4.0 * (1.0 - hazard) / hazard


def population(moment: Moment) -> str:
    """What was counted beside what is expected."""
    counted, theory = rows(moment, "walker.alive")[SETTLED:].mean(), expected(moment)
    return f"You said {moment.answer}. Counted, the mean since step {SETTLED}: {counted:.1f}. Theory: {theory:.1f}."


def beside(moment: Moment) -> str:
    """Empty once the density runs beside the vesicles, and both have come far enough."""
    missing = "" if moment.plan.beside == "density" else "Choose density under “Side by side with”."
    return missing or before(moment, 100)


def distance(moment: Moment) -> str:
    """Chi-square of the counts against the field."""
    counts, field = moment.models[0].occupancy()[0], moment.models[1].occupancy()[0]
    chi = float(((counts - field) ** 2 / field).sum())
    nodes = counts.size
    return (
        f"Sum of (count - mean)² / mean over the {nodes} neurons: {chi:.0f}. For Poisson counts it is "
        f"{nodes} in the mean, give or take {np.sqrt(2 * nodes):.0f}."
    )


def busiest(moment: Moment) -> str:
    """Empty once the neuron is selected that holds most in the field."""
    if missing := beside(moment):
        return missing
    label = str(moment.model.graph.nodes[int(moment.models[1].occupancy()[0].argmax())])
    if moment.selected == label:
        return ""
    return (
        "Select a neuron." if not moment.selected else f"There are neurons with more vesicles than {moment.selected}."
    )


def there(moment: Moment) -> str:
    """Vesicles at the selected neuron, beside those that are expected."""
    node = [str(label) for label in moment.model.graph.nodes].index(moment.selected)
    counted, mean = (model.occupancy()[0, node] for model in moment.models)
    return f"Neuron {moment.selected}: {counted:.0f} vesicles now, {mean:.1f} in the field."


def show_beside(hands) -> None:
    """Open the same beside its density."""
    hands.session.open(replace(hands.session.plan, beside="density"), 100)


def faded_faster(moment: Moment) -> str:
    """Empty once the new hazard has been in force for a hundred steps."""
    if missing := unlike(moment, HAZARD, 0.05, "hazard"):
        return missing
    since = max((step for step, _ in moment.plan.changes if step <= moment.status.step), default=0)
    return before(moment, since + 100)


def fewer(moment: Moment) -> str:
    """What is alive now beside what is expected now."""
    mean = expected(moment)
    alive = rows(moment, "walker.alive")[-20:].mean()
    return f"You said {moment.answer}. Alive, the mean of the last 20 steps: {alive:.0f}. Theory: {mean:.0f}."


LESSON = Lesson(
    name="random_walk",
    title="Random walk and density",
    about=(
        "Four vesicles a step set out from neuron 0 of a small social network. They walk at random, along strong "
        "ties more often than along weak ones, and each step 2 in 100 fade. Where each of them goes is chance; "
        "how many there are is not."
    ),
    scenario="random_walk",
    steps=(
        Step(
            text=(
                "If 4 are born each step, and then 0.02 of all fade, the population n settles where n = (n + 4) "
                "(1 - 0.02)."
            ),
            question=Question("How many vesicles will there be, once it has settled?", ("50", "196", "2000"), "196"),
            do="Choose an answer. Then go to step 400: write 400 beside Go, or play with the speed up.",
            see="The curve of vesicles alive rises, and then wavers about 196.",
            check=lambda moment: before(moment, 400),
            show=lambda hands: (hands.answer("196"), go_on(hands, 400)),
            tell=population,
            code="""model = scenario.build()
model.run_for(400)
alive = model.record["walker.alive"]
print("counted", alive[200:].mean(), "theory", 4 * 0.98 / 0.02)
alive.plot(xlabel="step", ylabel="vesicles alive")
plt.axhline(4 * 0.98 / 0.02, color="black", linestyle=":")
assert abs(alive[200:].mean() - 196) < 10""",
        ),
        Step(
            text=(
                "The mean of infinitely many such runs is a field: a density at each neuron, which follows "
                "exactly ρ' = (ρ + λ) P (1 - hazard); P says how likely each way is. The density view computes "
                "it. With births by pulses, as here, counts scatter no more than Poisson numbers do."
            ),
            do="In Parameters, choose density under “Side by side with”, and let it run to step 100.",
            see="The vesicles flicker about what the field says.",
            check=beside,
            show=show_beside,
            tell=distance,
            code="""field = va.density(scenario.build(), steps=400)[400, 0]
counts = model.occupancy()[0]
chi = ((counts - field) ** 2 / field).sum()
print("chi-square", chi, "of", len(field), "neurons")
plt.bar(range(len(field)), counts, color="lightgrey", label="vesicles at step 400")
plt.plot(field, "k.", label="density")
plt.legend()
assert chi < len(field) + 4 * np.sqrt(2 * len(field))""",
        ),
        Step(
            text=(
                "A random walk is not the same everywhere: whoever has many strong ties is visited often. And all "
                "set out from one neuron."
            ),
            do="Find the neuron where the field is highest, and select it: click it.",
            see="It is the neuron where all are born, and one of the two that know most others.",
            check=busiest,
            show=lambda hands: hands.select("0"),
            tell=there,
            code="""print("most at", model.graph.nodes[int(field.argmax())], "with", field.max())
assert field.argmax() == 0
assert sorted(np.argsort(field)[-2:]) == [0, 33]  # the two who know most""",
        ),
        Step(
            text="Parameters can change while a model runs. Let vesicles fade faster.",
            question=Question(
                "With a hazard of 0.05 instead of 0.02, how many will there be?", ("76", "98", "490"), "76"
            ),
            do=(
                "Choose an answer. Under “Side by side with” choose nothing. Then set `hazard` to 0.05 in "
                "Parameters, and let it run a hundred steps more."
            ),
            see="The curve falls and settles again: 4 * 0.95 / 0.05 = 76.",
            check=faded_faster,
            show=lambda hands: (hands.answer("76"), run(hands, 120, kinds__walker__decay__hazard=0.05)),
            tell=fewer,
            code="""faster = scenario.override("kinds.walker.decay.hazard", 0.05).build()
faster.run_for(400)
alive = faster.record["walker.alive"]
print("counted", alive[200:].mean(), "theory", 4 * 0.95 / 0.05)
assert abs(alive[200:].mean() - 76) < 5""",
        ),
    ),
)
