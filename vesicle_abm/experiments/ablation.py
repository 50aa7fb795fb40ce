"""Ablation: each part of a model out, and only one in, all with the same seeds (the HMN document's Phase 3).

"Systematically disable individual HMN components … Metrics: performance difference (delta-score) compared to full HMN.
Insight: quantify the synergistic contribution of each component" (HMN 7.2). For a part i and a metric M, over pairs of
runs with one seed,

    delta_i = M(full) - M(without i),    alone_i = M(only i) - M(none),    synergy_i = delta_i - alone_i  [our formulas]

where M(none) is without all parts of i's group. Groups are the stages of the learning rule with its astrocytes,
meta-learning, and of each kind of vesicles the operators of its life cycle; "only" and "none" of a kind keep its
emission, without which there is nothing to act on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.comparisons import corrected, known_metric, main_metrics, row_of_difference, values
from vesicle_abm.experiments.conduct import based_on, conduct, design_of
from vesicle_abm.experiments.designs import Settings, replicated
from vesicle_abm.experiments.statistics import LEVEL, T, mean_interval
from vesicle_abm.neurons.plasticity import MATCHES, NONE
from vesicle_abm.scenario import Scenario
from vesicle_abm.vesicles.kind import BROADCAST, OPERATORS

FULL = "full"
STAGES, META = "plasticity", "task.meta"
KINDS = "kinds."
ASTROCYTE = "astrocyte"
SILENCED = ("plasticity.astrocyte.strength", 0.0)  # a setting: what astrocytes give out changes nothing
SPACE = ("migration", "docking", "decay")  # operators that a broadcast has no use for
DELTAS = ["part", "metric", "full", "without", "delta", "low", "high", "pairs", "p_t", "p_holm", "d_z", "g"]
SYNERGIES = ["alone", "synergy", "synergy_low", "synergy_high"]


@dataclass(frozen=True)
class Part:
    """One part, and the conditions that tell of it: all but it, only it, and nothing of its group."""

    name: str
    without: str
    only: str = ""
    none: str = ""


@dataclass(frozen=True)
class Ablation:
    """The parts of a scenario, and condition -> its settings, the full model first."""

    parts: tuple[Part, ...]
    conditions: dict[str, Settings]


def ablations(scenario: Scenario, match: str = NONE, groups: Collection[str] = ()) -> Ablation:
    """What can be taken out of a scenario, and put in alone; ``groups``: of these, say "plasticity" or "kinds.reward".

    Raises
    ------
    InputError
        for a group or a match that is unknown, or if there is nothing to take out.
    """
    if match not in MATCHES:
        raise InputError(f"got {match!r}; {nearest(match, MATCHES)}", "match")
    at_work = parts_at_work(scenario)
    for group in groups:
        if group not in at_work:
            raise InputError(f"got {group!r}; {nearest(group, at_work)}", "part")
    parts: list[Part] = []
    conditions: dict[str, Settings] = {FULL: ()}

    def condition(name: str, out: Sequence[str]) -> str:
        """The label of the condition without these parts: the first that it was given."""
        settings = taken_out(scenario, group, out, match)
        found = next((known for known, others in conditions.items() if others == settings), name)
        conditions[found] = settings
        return found

    for group, names in at_work.items():
        if groups and group not in groups:
            continue
        acting = [name for name in names if name != "emission"]
        for name in names:
            own = label(group, name)
            without = condition(f"without {own}", [name])
            if name not in acting or len(acting) < 2:
                parts.append(Part(own, without))
                continue
            only = condition(f"only {own}", [other for other in acting if other != name])
            parts.append(Part(own, without, only, condition(f"no {words(group)}", acting)))
    if not parts:
        raise InputError("there is nothing in it that can be taken out", scenario.source)
    return Ablation(tuple(parts), conditions)


def parts_at_work(scenario: Scenario) -> dict[str, list[str]]:
    """Group -> its parts that do something: "plasticity", "task.meta", and "kinds.NAME" of each kind."""
    table, data, found = scenario.table, scenario.data, {}
    if table.plasticity is not None:
        found[STAGES] = list(table.plasticity.plasticity().names)
        if table.plasticity.astrocyte is not None and table.plasticity.astrocyte.strength:
            found[STAGES].append(ASTROCYTE)
    if getattr(table.task, "meta", None) is not None:
        found[META] = ["meta-learning"]
    for name, kind in table.kinds.items():
        given = set(data["kinds"][name]) | {"migration"} | ({"decay"} if "lifetime" in data["kinds"][name] else set())
        unused = set(kind.ablated) | set(SPACE if kind.delivery == BROADCAST else ())
        found[KINDS + name] = [operator for operator in OPERATORS if operator in given and operator not in unused]
    return {group: names for group, names in found.items() if names}


def taken_out(scenario: Scenario, group: str, out: Sequence[str], match: str) -> Settings:
    """What takes these parts of a group out, beside what the scenario has taken out already."""
    if group == STAGES:
        return tuple(SILENCED if name == ASTROCYTE else (f"{STAGES}.ablated.{name}", match) for name in out)
    if group == META:
        return ((META, None),)
    return ((f"{group}.ablated", [*scenario.table.kinds[group.removeprefix(KINDS)].ablated, *out]),)


def label(group: str, name: str) -> str:
    """A part, in words."""
    return f"{group.removeprefix(KINDS)} {name}" if group.startswith(KINDS) else name


def words(group: str) -> str:
    """All parts of a group, in words."""
    return "stage" if group == STAGES else f"{group.removeprefix(KINDS)} operator"


def delta_scores(
    frame: pd.DataFrame, parts: Sequence[Part], metrics: Sequence[str], level: float = LEVEL, method: str = T
) -> pd.DataFrame:
    """A row for each metric and part: ``delta`` with interval, test and effect sizes, ``alone``, ``synergy``; see the
    module. ``p_holm`` corrects over the parts of a metric.
    """
    rows = []
    for metric in metrics:
        for part in parts:
            row = row_of_difference(frame, metric, FULL, part.without, level, method) | {"part": part.name}
            row |= {"delta": row.get("difference")}
            means = {"full": values(frame, FULL, metric), "without": values(frame, part.without, metric)}
            row |= {name: float(found.mean()) for name, found in means.items() if len(found)}
            if part.only:
                row |= synergy(frame, metric, part, level, method)
            rows.append(row)
    columns = [*DELTAS[:9], *DELTAS[10:], *SYNERGIES]
    return corrected(pd.DataFrame(rows, columns=columns)).reindex(columns=[*DELTAS, *SYNERGIES])


def synergy(frame: pd.DataFrame, metric: str, part: Part, level: float, method: str) -> dict[str, Any]:
    """What a part does alone, and how much more among the others, seed by seed."""
    full, without, only, none = (values(frame, name, metric) for name in (FULL, part.without, part.only, part.none))
    alone, more = (only - none).dropna(), ((full - without) - (only - none)).dropna()
    if not len(more):
        return {}
    mean, low, high = mean_interval(more, level, method)
    return {"alone": float(alone.mean()), "synergy": mean, "synergy_low": low, "synergy_high": high}


def ablate(
    scenario: Scenario | str,
    *,
    metric: str | Sequence[str] = (),
    replicates: int = 10,
    match: str = NONE,
    parts: Collection[str] = (),
    overrides: dict[str, Any] | None = None,
    seed: int | None = None,
    out=None,
    **how,
) -> pd.DataFrame:
    """Run each ablation of a scenario with the same seeds; gives ``delta_scores``.

    Parameters
    ----------
    metric : one or several; by default what the scenario's task says
    match : "none", or "mean" to keep the mean size of updates where a stage of the learning rule is out
    parts : groups to look at, "plasticity", "task.meta" or "kinds.NAME"; by default all
    overrides : dotted key -> its value in every run
    seed : the root of all seeds; by default the scenario's
    out : the study's folder, by default ``studies/NAME-ablation``
    how : ``steps``, ``view``, ``metrics``, ``workers`` and the rest, as of ``batch``

    Raises
    ------
    InputError
        for bad input, before anything runs.
    """
    base = based_on(scenario, overrides)
    found, root = ablations(base, match, parts), base.seed if seed is None else seed
    chosen = [metric] if isinstance(metric, str) else list(metric)
    trials = replicated(list(found.conditions.values()), replicates, root, list(found.conditions))
    design = design_of(
        "ablation",
        ["ablate", "--match", match, *(word for group in parts for word in ("--part", group))],
        replicates=replicates,
        seed=root,
        overrides=overrides,
        metrics=chosen,
        match=match,
        reference=FULL,
        parts=[vars(part) for part in found.parts],
    )
    frame = conduct(out, base, trials, design, **how).frame()
    return delta_scores(frame, found.parts, [known_metric(frame, name) for name in chosen] or main_metrics(frame))
