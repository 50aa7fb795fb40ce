"""Plot list: which plots there are of a model's series, their titles, axes and lines."""

from dataclasses import dataclass, field, replace

import vesicle_abm as va

from ..stage.colours import KINDS, kind_colours
from .lines import DASHED, DOTTED, MEAN, PLAIN, RATE, SOLID, Line
from .series import ALL, NEURON, SYNAPSE, Series

INK = "#8a8a8a"
FATES = ("absorbed", "expired", "cleared")


@dataclass(frozen=True)
class Plot:
    """Lines over steps that share an axis; or, with ``heat``, the histogram of weights."""

    key: str
    title: str
    unit: str  # of the vertical axis, in words
    lines: list[Line] = field(default_factory=list)
    first: bool = False  # whether it is shown before anyone chooses
    heat: bool = False
    about: str = ""  # "neuron" or "synapse": drawn of the chosen one
    zero: bool = True  # whether the vertical axis must show 0


def plots_of(model, series: Series) -> list[Plot]:
    """All plots that a model has, the more general ones first."""
    colours = dict(zip(series.kinds, kind_colours(len(series.kinds)), strict=True))

    def each_kind(what: str, make: str = PLAIN, begins: str = "") -> list[Line]:
        named = {kind: f"{begins}{what}.{kind}" if begins else f"{kind}.{what}" for kind in colours}
        return [Line(kind, name, colours[kind], make) for kind, name in named.items() if name in series.columns]

    plots = [Plot("population", "Population", "vesicles alive", each_kind("alive"), first=True)]
    if not isinstance(model, va.VesicleModel):
        return plots
    fates = [Line(what, ALL + what, colour, RATE) for what, colour in zip(("born", *FATES), KINDS, strict=False)]
    plots.append(Plot("fates", "Births and fates, all kinds", "vesicles per step", fates, first=True))
    several = len(series.kinds) > 1
    for what in ("born", *FATES) if several else ():
        title = "Births" if what == "born" else what.capitalize()
        plots.append(Plot(what, f"{title}, by kind", "vesicles per step", each_kind(what, RATE)))
    learns, active = bool(series.chosen(SYNAPSE)), model.world.neurons is not None
    plots += [
        Plot("dockings", "Dockings", "dockings per step", each_kind("dockings", RATE)),
        Plot("levels", "Modulator levels", "mean over neurons", each_kind("level"), first=active),
        Plot("turns", "Vesicles that became another kind", "per step", each_kind("came", RATE)),
        Plot("suppressed", "Births that a cap did not allow", "per step", each_kind("suppressed", RATE)),
        Plot("trails", "Trails", "sum over edges", each_kind("trail"), first=True),
    ]
    if active:
        plots.append(Plot("activation", "Activation", "over neurons", activation(), first=True))
    if learns:
        plots.append(Plot("weights", "Weights over time", "weight", heat=True, first=True))
        plots.append(Plot("mean_weight", "Mean weight", "weight", [Line("weight", "weight", KINDS[0])], zero=False))
        etas = [Line("eta_local", "eta_local", KINDS[0]), Line("eta_global", "eta_global", KINDS[1])]
        plots.append(Plot("etas", "Learning rates", "mean over neurons", etas, first=True))
    further = [name for name in series.columns if name == "memory" or name.startswith(("task.", "signal."))]
    plots += [course(name, first=number < 2) for number, name in enumerate(further)]
    chosen = Line("activation", f"{NEURON}activation", INK)
    plots.append(Plot("neuron", "Chosen neuron: activation", "activation", [chosen], about="neuron"))
    plots.append(
        Plot("neuron_levels", "Chosen neuron: levels", "level", each_kind("level", begins=NEURON), about="neuron")
    )
    plots += of_synapse(series, colours)
    return [plot for plot in plots if plot.heat or any(line.column in series.columns for line in plot.lines)]


def together(plots: list[Plot], earlier: list[Plot]) -> list[Plot]:
    """These plots with the lines that they had earlier, and those that there were earlier and are not any more."""
    before = {plot.key: plot for plot in earlier}
    found = []
    for plot in plots:
        own = {line.column for line in plot.lines}
        gone = [line for line in before.pop(plot.key, plot).lines if line.column not in own]
        found.append(replace(plot, lines=[*plot.lines, *gone]))
    return [*found, *before.values()]


def activation() -> list[Line]:
    """Mean, median, and how far the neurons are spread."""
    parts = {"mean": (KINDS[0], SOLID), "median": (KINDS[1], SOLID), "10 %": (INK, DASHED), "90 %": (INK, DASHED),
             "least": (INK, DOTTED), "most": (INK, DOTTED)}  # fmt: skip
    return [
        Line(name, "activation" if name == "mean" else f"activation.{name}", colour, dash=dash)
        for name, (colour, dash) in parts.items()
    ]


def course(column: str, first: bool) -> Plot:
    """What a task, an estimator or the memory tells, as it is and its running mean."""
    origin, _, name = column.rpartition(".")
    words = name.replace("_", " ")
    title = {"task": "Task: ", "signal": "Signal: "}.get(origin, "") + words
    lines = [Line(words, column, INK), Line("running mean", column, KINDS[1], MEAN)]
    return Plot(column.replace(".", "_"), title[0].upper() + title[1:], words, lines, first)


def of_synapse(series: Series, colours: dict[str, str]) -> list[Plot]:
    """Weight, traces (2), attention (11) and relevance (7), G (6) and the factor of (3), gates (4, 5) of a synapse."""
    own = [name.removeprefix(SYNAPSE) for name in series.chosen(SYNAPSE)]

    def lines(names: dict[str, str]) -> list[Line]:
        return [Line(words, SYNAPSE + name, KINDS[k]) for k, (name, words) in enumerate(names.items()) if name in own]

    traces = [name for name in own if name.startswith("trace.")]
    attended = [Line("attention", f"{SYNAPSE}attention", INK)] if "attention" in own else []
    modulators = [name.removeprefix("relevance.") for name in own if name.startswith("relevance.")]
    attended += [
        Line(f"relevance of {each}", f"{SYNAPSE}relevance.{each}", colours.get(each, INK), dash=DASHED)
        for each in modulators
    ]
    gates = {"gate": "gate", "phase": "phase, in turns", "probability": "probability"}
    listed = [
        Plot("synapse_weight", "Synapse: weight", "weight", lines({"weight": "weight"}), zero=False),
        Plot("synapse_traces", "Synapse: traces (2)", "trace", lines({n: n.removeprefix("trace.") for n in traces})),
        Plot("synapse_correlation", "Synapse: correlation", "correlation", lines({"correlation": "correlation"})),
        Plot("synapse_attention", "Synapse: attention (11), relevance (7)", "share", attended),
        Plot("synapse_modulation", "Synapse: modulation (6)", "G", lines({"modulation": "G"})),
        Plot("synapse_factor", "Synapse: factor of its update (3)", "factor", lines({"factor": "factor"})),
        Plot("synapse_gate", "Synapse: phase and gates (4, 5)", "share", lines(gates)),
    ]
    return [replace(plot, about="synapse") for plot in listed if plot.lines]
