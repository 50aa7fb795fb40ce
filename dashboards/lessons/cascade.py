"""Cascades: when a spark dies out, and when it takes over."""

from .facts import before, changed_on_the_way, go_on, run, unlike, value
from .lesson import Lesson, Moment, Question, Step

RATIO = "kinds.wave.emission.ratio"


def total(moment: Moment) -> str:
    """All that were born, beside the sum of generations."""
    born = moment.model.counts_by_kind["wave"]["born"]
    return f"You said {moment.answer}. Born: {born:,}. Theory: 200 * 0.9 / (1 - 0.9) = 1,800 in the mean."


def held(moment: Moment) -> str:
    """What the cap had to hold back."""
    wave, suppressed = moment.model.counts_by_kind["wave"], moment.model.recorder
    kept_back = suppressed.table[-1, suppressed.names.index("wave.suppressed")]
    return f"Alive: {wave['alive']:,}, of 10,000 that the cap allows; births suppressed so far: {kept_back:,.0f}."


def died_out(moment: Moment) -> str:
    """Empty once the run below 1 has come far enough."""
    ratio = value(moment.running, RATIO)
    return before(moment, 400) if ratio == 0.9 else f"The ratio is {ratio}; press “Start over”."


def took_over(moment: Moment) -> str:
    """Empty for a run above 1."""
    return unlike(moment, RATIO, 1.2, "ratio") or changed_on_the_way(moment) or before(moment, 250)


LESSON = Lesson(
    name="cascade",
    title="Cascades",
    about=(
        "Vesicles can set off vesicles. Here each one that docks has Poisson(ratio) offspring. The ratio decides "
        "between two fates: it is the branching ratio of a branching process (Harris 1963)."
    ),
    scenario="cascade",
    steps=(
        Step(
            text=(
                "200 sparks fly off node 0 in step 10. With a ratio of 0.9 the first generation has 200 * 0.9 = "
                "180 vesicles in the mean, the next 0.9 of that, and so on."
            ),
            question=Question("How many will be born in all?", ("about 200", "about 1,800", "no end"), "about 1,800"),
            do="Choose an answer, then go to step 400.",
            see="The population falls by about 1 in 100 a step until none is left.",
            check=died_out,
            show=lambda hands: (hands.answer("about 1,800"), go_on(hands, 400)),
            tell=total,
            code="""model = scenario.build()
model.run_for(400)
wave = model.counts_by_kind["wave"]
print(wave, "theory 1800; measured branching ratio", model.metrics["wave.branching_ratio"])
model.record["wave.alive"].plot(xlabel="step", ylabel="vesicles alive", logy=True)
assert wave["alive"] == 0
# the variance of the total is 200 * 0.9 / 0.1**3
assert abs(wave["born"] - 1800) < 4 * np.sqrt(200 * 0.9 / 0.1**3)""",
        ),
        Step(
            text="Above 1 each generation is larger than the one before. Only a cap holds it: 10,000 at once.",
            do="In Parameters, wave, set `ratio` to 1.2. Press Reset, and go to step 250.",
            see=(
                "The population grows ever faster, until the cap holds it a tenth below 10,000: a tenth of all "
                "docks in each step."
            ),
            check=took_over,
            show=lambda hands: run(hands, 250, kinds__wave__emission__ratio=1.2),
            tell=held,
            code="""above = scenario.override("kinds.wave.emission.ratio", 1.2).build()
above.run_for(250)
print(above.counts_by_kind["wave"], *above.warnings)
assert 8500 < above.counts_by_kind["wave"]["alive"] < 9500""",
        ),
    ),
)
