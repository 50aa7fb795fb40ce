"""Write your own vesicle: a class with one verb, or a rule with one formula, tried and put to use."""

import vesicle_abm as va

from ..classroom.beginnings import RULE, VESICLE
from ..classroom.written import KIND, MODULE
from .facts import before, value
from .lesson import Lesson, Moment, Step

LOOKED = 30  # steps after which there is something to see
REFUSED = (
    "This server does not run what visitors write: open it by the address that it printed as it started, on your own "
    "machine, or take this lesson's notebook, docs/lessons/own.ipynb."
)


def own_agent(moment: Moment) -> str:
    """Empty once vesicles of the visitor's class have run."""
    if not moment.runs_text:
        return REFUSED
    if not value(moment.running, f"{KIND}.agent"):
        return "Press “Check” below, and then “Use it”."
    return before(moment, LOOKED)


def own_rule(moment: Moment) -> str:
    """Empty once a rule of the visitor has run."""
    if not moment.runs_text:
        return REFUSED
    names = {key: value(moment.running, f"{KIND}.{key}.rule") for key in va.FAMILIES}
    mine = [key for key, name in names.items() if name and va.FAMILIES[key].known[name].__module__ == MODULE]
    return before(moment, LOOKED) if mine else "Choose “A rule” below, press “Check”, and then “Use it”."


def own_idea(moment: Moment) -> str:
    """Empty once something has run that is no longer the text to begin with."""
    if not moment.runs_text:
        return REFUSED
    if not moment.written or moment.written.split() in (VESICLE.split(), RULE.split()):
        return "Change something below, press “Check”, and then “Use it”."
    return before(moment, LOOKED)


def farthest(moment: Moment) -> str:
    """How far vesicles are from where they were born, in the mean."""
    counts = moment.model.occupancy()[0]
    far = [min(abs(node - 12), 24 - abs(node - 12)) for node in moment.model.graph.nodes]
    mean = float((counts * far).sum() / max(1, counts.sum()))
    return f"{counts.sum():.0f} vesicles, in the mean {mean:.1f} synapses from where they were born."


LESSON = Lesson(
    name="own",
    title="Write your own vesicle",
    about=(
        "A vesicle is a class, and each of its verbs a method: `emit`, `migrate`, `dock`, `release`, `decay`. "
        "Override one, in plain Python, and the model calls yours. A rule is a formula over all vesicles or "
        "neurons at once, and faster."
    ),
    scenario="own.toml",
    writes=True,
    steps=(
        Step(
            text=(
                "The class `Lazy` overrides `migrate`: it draws a number, and walks in one step of ten. All else "
                "it leaves to `va.Vesicle`. The same seed gives the same draws."
            ),
            do="Press “Check” below, then “Use it”, and go to step 30.",
            see="Vesicles stay near neuron 12, where they are born.",
            check=own_agent,
            show=lambda hands: hands.use(VESICLE, LOOKED),
            tell=farthest,
            code=f"""{VESICLE}

model = scenario.override("kinds.messenger.agent", "Lazy").build()
wandering = scenario.build()
for each in (model, wandering):
    each.run_for(30)


def from_home(model):
    far = [min(abs(node - 12), 24 - abs(node - 12)) for node in model.graph.nodes]
    counts = model.occupancy()[0]
    return (counts * far).sum() / counts.sum()


print("Lazy", from_home(model), "others", from_home(wandering))
assert from_home(model) < from_home(wandering) / 2
assert type(model.vesicles[0]) is Lazy""",
        ),
        Step(
            text=(
                "A rule gives, for all synapses at once, how much each way weighs. `va.check_rule` tries it on a "
                "small random world: shapes, bounds, the same answer for one row as for many."
            ),
            do="Choose “A rule” below, press “Check”, then “Use it”, and go to step 30.",
            see="They drift round the ring, to the neurons with the highest numbers.",
            check=own_rule,
            show=lambda hands: hands.use(RULE, LOOKED),
            tell=farthest,
            code=f"""{RULE}

va.check_rule(Eastward(pull=4.0))
model = scenario.override("kinds.messenger.migration", {{"rule": "eastward"}}).build()
model.run_for(60)
counts = model.occupancy()[0]
plt.bar(range(24), counts, color="grey")
plt.xlabel("neuron")
plt.ylabel("vesicles")
assert counts[13:].sum() > 4 * counts[1:12].sum()""",
        ),
        Step(
            text=(
                "Now one of your own. Some ideas: dock only when old (`self.ttl < 10`), turn back at the border, "
                "give twice as much at a quiet neuron (`self.neuron.activation`), weigh ways by what waits at "
                "their end."
            ),
            do="Change the text below, say 0.1 to 0.5. Press “Check”, “Use it”, and go to step 30.",
            see="Whatever you wrote.",
            check=own_idea,
            show=lambda hands: hands.use(VESICLE.replace("0.1", "0.5"), LOOKED),
            tell=farthest,
            code="""class Elder(va.Vesicle):
    \"\"\"Docks only in the last ten steps of its life.\"\"\"

    def dock(self):
        if self.ttl <= 10:
            super().dock()


model = scenario.override("kinds.messenger.agent", "Elder").build()
model.run_for(30)
assert model.counts["absorbed"] == 0  # none is old yet
model.run_for(60)
assert model.counts["absorbed"] > 0""",
        ),
    ),
)
