"""What a report says in words: the design, the methods, where the numbers come from, and how to have them again."""

import platform
import shlex
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from vesicle_abm.experiments.comparisons import conditions_of, paired
from vesicle_abm.experiments.designs import settings_of
from vesicle_abm.experiments.statistics import BOOTSTRAP, RESAMPLES
from vesicle_abm.experiments.study import Study
from vesicle_abm.places import shipped_scenarios
from vesicle_abm.version import VERSION

LIBRARIES = ("numpy", "numba", "pandas", "scipy", "statsmodels", "SALib", "optuna")
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
LISTED = 12  # values of a key


def words_of(design: dict) -> tuple[str, str]:
    """The design's name, and a sentence about it."""
    return KINDS.get(design.get("kind", ""), OTHER)


def facts(study: Study, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Sizes, values and seeds of the design."""
    states = frame["status"].value_counts()
    conditions, replicates = len(conditions_of(frame)), frame["replicate"].nunique()
    found = [
        ("runs", f"{len(frame):,}: {', '.join(f'{count:,} {state}' for state, count in states.items())}"),
        ("conditions", f"{conditions:,}, each with {replicates:,} replicate{'s' if replicates > 1 else ''}"),
        ("a run", f"{study.about['steps']:,} steps in the {study.about['view']} view"),
    ]
    if conditions > 1:
        same = "replicate r has the same in every condition (common random numbers)"
        found.append(("seeds", same if paired(frame) else "each run has its own"))
    for each in study.about["design"].get("ranges", ()):
        how = " by equal ratios" * each["log"] + ", whole numbers" * each["whole"]
        found.append((each["key"], f"{each['low']:g} to {each['high']:g}{how}"))
    if "ranges" not in study.about["design"] and study.about["design"].get("kind") != "ablation":
        for key in settings_of(frame):
            values = list(dict.fromkeys(frame[key].astype(str)))
            found.append((key, ", ".join(values[:LISTED]) + (f", … ({len(values):,})" if len(values) > LISTED else "")))
    return found


def methods(level: float, method: str) -> list[str]:
    """What was computed, and by what."""
    resampled = f"bootstrap intervals (BCa, {RESAMPLES:,} resamples, scipy.stats.bootstrap)"
    intervals = resampled if method == BOOTSTRAP else "Student's t intervals (scipy.stats)"
    return [
        "The unit is the replicate: n counts runs with different seeds, never steps or vesicles. Runs without a result "
        "are left out, of differences together with their partner.",
        f"Intervals are {level:.0%} {intervals}. p (t) is the paired t test, p (Wilcoxon) the signed-rank test "
        "(scipy.stats); p (Holm) is p (t) corrected by Holm's method for all comparisons within one metric "
        "(statsmodels.stats.multitest).",
        "Effect sizes: d_z is the mean of paired differences over their standard deviation, g Hedges' g, the difference "
        "of the means over the pooled standard deviation, corrected for small samples. A dash stands where there is no "
        "number: one replicate, or no spread.",
    ]


def command(about: dict, folder: Path) -> str:
    """The command that gives the study again."""
    design = about["design"]
    name = Path(about["source"]).stem
    scenario = name if name in shipped_scenarios() else about["source"]
    first, *rest = design.get("command", ["batch"])
    words = ["vesicle-abm", first, scenario, *rest]
    for key, value in design.get("overrides", {}).items():
        words += ["--set", f"{key}={value}"]
    for metric in about["metrics"]:
        words += ["--metrics", metric]
    words += ["--steps", str(about["steps"]), "--view", about["view"], "--out", str(folder)]
    return shlex.join(words)


def provenance(study: Study, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Versions, platform and digests."""
    digests = frame["digest"].dropna().astype(str)
    return [
        ("scenario", str(study.about["source"])),
        ("code", str(study.about["code"])),
        ("begun", str(study.about["created"])),
        ("vesicle-abm", VERSION),
        ("Python", sys.version.split()[0]),
        *((name, version(name)) for name in LIBRARIES),
        ("platform", platform.platform()),
        ("digests", f"{digests.nunique():,} final states, the first {digests.iloc[0] if len(digests) else 'none'}"),
    ]
