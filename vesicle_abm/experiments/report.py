"""Report: a study as one HTML file that opens without a network, and every number of it as CSV."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import pandas as pd

from vesicle_abm.core.errors import RunStoppedError
from vesicle_abm.experiments import report_sections as sections
from vesicle_abm.experiments.ablation import FULL
from vesicle_abm.experiments.comparisons import conditions_of, known_metric, main_metrics
from vesicle_abm.experiments.extra import needed
from vesicle_abm.experiments.report_courses import courses
from vesicle_abm.experiments.report_sections import Section
from vesicle_abm.experiments.report_tables import long_table, table_of
from vesicle_abm.experiments.report_words import (
    CONDITIONS,
    command,
    facts,
    labels,
    listed_conditions,
    methods,
    provenance,
    sizes,
    words_of,
)
from vesicle_abm.experiments.rundir import whole_file
from vesicle_abm.experiments.statistics import LEVEL, T
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.svg import HUES

HTML, CSV = "report.html", "report.csv"
SAMPLED = ("lhs", "sobol", "sensitivity", "optimisation")  # designs whose points are many, with few replicates
FAILED_RUN = ["condition", "replicate", "seed"]
FAILURE = [*FAILED_RUN, "status", "reason"]
METRICS = 8  # shown where none is chosen


def report(
    folder, *, metrics: Sequence[str] = (), reference: str | None = None, level: float = LEVEL, method: str = T
) -> Path:
    """Write ``report.html`` and ``report.csv`` into a study's folder; gives the path of the first.

    Parameters
    ----------
    metrics : shown, in order; by default those the study is about
    reference : the condition that others are compared with; by default the design's, or the first
    level : of all intervals
    method : of intervals, "t" or "bootstrap"

    Raises
    ------
    InputError
        if the folder holds no study, or something is unknown.
    RunStoppedError
        if it cannot be written.
    """
    study = Study.open(folder)
    names, design = labels(study), study.about["design"]
    frame = study.frame().assign(condition=lambda table: table["condition"].map(names))
    chosen = chosen_metrics(frame, metrics or design.get("metrics", ()))
    shown = list(sections_of(study, names, frame, chosen, reference, level, method))
    failures = frame.loc[frame["status"] != "done", FAILURE]
    numbers = {"design": pd.DataFrame([sizes(study, frame)]), "failures": failures[FAILED_RUN]}
    numbers |= {name: table for section in shown for name, table in section.numbers.items()}
    page = rendered(
        title=f"{study.scenario.name}: {words_of(design)[0]}",
        question=study.scenario.question,
        expectation=f"What one should see of the scenario as it stands: {study.scenario.expect}",
        design_words=words_of(design)[1],
        design_facts=facts(study, frame),
        runs=f"{len(frame):,}",
        sections=shown,
        failures=table_of(failures, "Runs without a result", FAILURE, {}) if len(failures) else None,
        methods=methods(level, method),
        command=command(study),
        provenance=provenance(study, frame),
        csv=CSV,
    )
    try:
        with whole_file(study.folder / CSV) as part:
            long_table(numbers).to_csv(part, index=False)
        if design.get("kind") == "list":
            with whole_file(study.folder / CONDITIONS) as part:
                listed_conditions(study).to_csv(part, index=False)
        with whole_file(study.folder / HTML) as part:
            part.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RunStoppedError(f"cannot write into {str(study.folder)!r}: {error.strerror or error}") from None
    return study.folder / HTML


def rendered(**what) -> str:
    """The page."""
    text = (files("vesicle_abm.experiments") / HTML).read_text(encoding="utf-8")
    return needed("jinja2").Environment(autoescape=True).from_string(text).render(**what)


def chosen_metrics(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """The metrics that are shown; none where no run is done."""
    if not (frame["status"] == "done").any():
        return []
    return [known_metric(frame, name) for name in names] or main_metrics(frame)[:METRICS]


def sections_of(
    study: Study,
    names: dict[str, str],
    frame: pd.DataFrame,
    metrics: Sequence[str],
    reference: str | None,
    level: float,
    method: str,
) -> Iterator[Section]:
    """What this design has to show, the answer to its question first."""
    design = study.about["design"]
    kind = design.get("kind", "")
    if not metrics:
        return
    if kind == "ablation":
        yield sections.ablation_section(frame, design, metrics, level, method)
    if kind == "sensitivity":
        yield sections.sensitivity_section(frame, design)
    if kind == "optimisation":
        yield sections.optimisation_section(frame, design)
    conditions = conditions_of(frame)
    if kind in SAMPLED:
        yield sections.scatter_section(frame, design["ranges"], metrics)
    else:
        yield sections.conditions_section(frame, metrics, level, method)
        first = reference or design.get("reference") or conditions[0]
        if kind != "ablation" and len(conditions) > 1 and frame["replicate"].nunique() > 1:
            yield sections.differences_section(frame, metrics, first, level, method)
        told = {FULL, *(part["without"] for part in design["parts"])} if kind == "ablation" else set(names)
        drawn = {condition: name for condition, name in names.items() if condition in told}
        left_out = max(0, len(drawn) - len(HUES))
        yield sections.courses_section(courses(study, drawn, level), left_out, level)
