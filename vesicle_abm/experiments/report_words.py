"""What a report says in words: the design, the methods, where the numbers come from, and how to have them again."""

import hashlib
import shlex
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.comparisons import conditions_of, paired
from vesicle_abm.experiments.conduct import based_on
from vesicle_abm.experiments.frames import DONE, FAILED, MISSING
from vesicle_abm.experiments.identity import canonical
from vesicle_abm.experiments.statistics import BOOTSTRAP, RESAMPLES
from vesicle_abm.experiments.store import RUNS
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.texts import toml_of
from vesicle_abm.places import shipped_scenarios

LIBRARIES = ("scipy", "statsmodels")  # that every report is computed by
OF_DESIGNS = {"sensitivity": ("SALib",), "optimisation": ("optuna",)}
CONDITIONS = "conditions.csv"
AS_IT_STANDS = "as it stands"
KINDS = {
    "ablation": ("ablation", "Each part of the model is taken out, and put in alone; all with the same seeds."),
    "sensitivity": ("sensitivity", "Points spread over the ranges, to see which parameters matter."),
    "optimisation": ("optimisation", "Points asked of a sampler that is told what came out, to find the best."),
    "lhs": ("Latin hypercube", "Points of a Latin hypercube: one in each of as many equal parts of every range."),
    "sobol": ("Sobol' sequence", "Points of a scrambled Sobol' sequence, even in all ranges at once."),
    "list": ("list", "The conditions as they were listed."),
    "grid": ("grid", "Every combination of the values."),
}
OTHER = ("study", "The conditions as they were given.")
STATES = (DONE, FAILED, MISSING)
LISTED = 12  # values of a key


def words_of(design: dict) -> tuple[str, str]:
    """The design's name, and a sentence about it."""
    return KINDS.get(design.get("kind", ""), OTHER)


def sizes(study: Study, frame: pd.DataFrame) -> dict[str, int]:
    """How many runs there are, in all and of each status, conditions, replicates of each, and steps of a run."""
    return {
        "runs": len(frame),
        **{str(state): int(count) for state, count in frame["status"].value_counts().items()},
        "conditions": len(conditions_of(frame)),
        "replicates": frame["replicate"].nunique(),
        "steps": study.about["steps"],
    }


def facts(study: Study, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Sizes, values and seeds of the design."""
    size = sizes(study, frame)
    states = ", ".join(f"{size[state]:,} {state}" for state in STATES if state in size)
    many = "s" if size["replicates"] > 1 else ""
    found = [
        ("runs", f"{size['runs']:,}: {states}"),
        ("conditions", f"{size['conditions']:,}, each with {size['replicates']:,} replicate{many}"),
        ("a run", f"{size['steps']:,} steps in the {study.about['view']} view"),
    ]
    if size["conditions"] > 1:
        same = "replicate r has the same in every condition (common random numbers)"
        found.append(("seeds", same if paired(frame) else "each run has its own"))
    for each in study.about["design"].get("ranges", ()):
        how = " by equal ratios" * each["log"] + ", whole numbers" * each["whole"]
        found.append((each["key"], f"{each['low']:g} to {each['high']:g}{how}"))
    if "ranges" not in study.about["design"] and study.about["design"].get("kind") != "ablation":
        tried: dict[str, dict[str, None]] = {}
        for trial in study.trials:
            for key, value in trial.settings:
                tried.setdefault(key, {})[toml_of(value)] = None
        for key, values in tried.items():
            more = f", … ({len(values):,})" if len(values) > LISTED else ""
            found.append((key, ", ".join(list(values)[:LISTED]) + more))
    return found


def methods(level: float, method: str) -> list[str]:
    """What was computed, and by what."""
    resampled = f"bootstrap intervals (BCa, {RESAMPLES:,} resamples, scipy.stats.bootstrap)"
    intervals = resampled if method == BOOTSTRAP else "Student's t intervals (scipy.stats)"
    return [
        "The unit is the replicate: n counts runs with different seeds, never steps or vesicles. Runs without a result "
        "are left out, of differences together with their partner.",
        f"Intervals are {100 * level:g} % {intervals}. p (t) is the paired t test, p (Wilcoxon) the signed-rank test "
        "(scipy.stats); p (Holm) is p (t) corrected by Holm's method for all comparisons within one metric "
        "(statsmodels.stats.multitest). Bands over time are Student's t intervals of each step.",
        "Effect sizes: d_z is the mean of paired differences over their standard deviation, g Hedges' g, the "
        "difference of the means over the pooled standard deviation, corrected for small samples. A dash stands where "
        "there is no number: one replicate, or no spread.",
    ]


def command(study: Study) -> str:
    """The command that gives the study again; the conditions of a list stand in a file beside the report. Of what a
    script has made, the command that gives a run again.
    """
    about, design, scenario = study.about, study.about["design"], scenario_of(study)
    if "command" not in design or scenario is None:
        return f"vesicle-abm reproduce {shlex.quote(str(study.folder / RUNS))}/RUN_ID"
    first, *rest = design["command"]
    words = ["vesicle-abm", first, scenario, *rest]
    if design["kind"] == "list":
        words += ["--list", str(study.folder / CONDITIONS)]
    if design["kind"] == "optimisation":
        words += ["--trials", str(len(study.trials) // design["replicates"])]
    for key, value in design["overrides"].items():
        words += ["--set", f"{key}={toml_of(value)}"]
    for metric in about["metrics"]:
        words += ["--measure", metric]
    words += ["--steps", str(about["steps"]), "--view", about["view"], "--out", str(study.folder)]
    return shlex.join(words)


def scenario_of(study: Study) -> str | None:
    """What a command calls the scenario: its name if it is shipped, or its file; None if neither holds what was run."""
    about, shipped = study.about, {path.resolve(): name for name, path in shipped_scenarios().items()}
    path = Path(about["folder"]) / Path(about["source"]).name
    try:
        found = based_on(str(path), about["design"].get("overrides"))
    except InputError:  # there is no such file now, or its overrides are not allowed in it
        return None
    same = canonical(found.data) == canonical(about["data"])
    return shipped.get(path.resolve(), str(path)) if same else None


def listed_conditions(study: Study) -> pd.DataFrame:
    """The settings of each condition, as ``designs.from_csv`` reads them."""
    rows = {repr(trial.settings): trial.settings for trial in study.trials}
    return pd.DataFrame([{key: toml_of(value) for key, value in row} for row in rows.values()])


def labels(study: Study) -> dict[str, str]:
    """Condition -> what a report calls it: dotted keys by as many of their last words as tell them apart."""
    keys = list(dict.fromkeys(key for trial in study.trials for key, _ in trial.settings))
    found = {}
    for trial in study.trials:
        made = ", ".join(f"{shortest(key, keys)}={value}" for key, value in trial.settings)
        found[trial.label] = trial.condition or made or AS_IT_STANDS
    return found


def shortest(key: str, keys: Sequence[str]) -> str:
    """As many last words of a dotted key as tell it from the others.

    >>> shortest("kinds.a.decay.hazard", ["kinds.a.decay.hazard", "kinds.b.decay.hazard", "steps"])
    'a.decay.hazard'
    """
    words = key.split(".")
    for count in range(1, len(words)):
        ending = ".".join(words[-count:])
        if sum(f".{other}".endswith(f".{ending}") for other in keys) == 1:
            return ending
    return key


def provenance(study: Study, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Versions and platforms that the runs were done with, and a digest of all their digests."""
    done = frame.loc[frame["status"] == "done"].drop_duplicates("run_id").sort_values("run_id")
    digest = hashlib.sha256("".join(done["digest"]).encode()).hexdigest()
    libraries = LIBRARIES + OF_DESIGNS.get(study.about["design"].get("kind", ""), ())
    seen: dict[str, set[str]] = {}
    for name in done["run_id"]:
        about = study.store.circumstances(name)
        for key, value in {**about["versions"], "platform": about["platform"]}.items():
            seen.setdefault(key, set()).add(value)
    return [
        ("scenario", str(study.about["source"])),
        ("code", str(study.about["code"])),
        ("begun", str(study.about["created"])),
        *((name, ", ".join(sorted(values))) for name, values in seen.items()),
        *((f"{name}, of this report", version(name)) for name in libraries),
        ("digest of the runs", digest if len(done) else "none is done"),
    ]
