"""What all benchmarks of this folder have in common: their options, what they say of the machine, and their JSON.

A report is a dict with ``machine``, ``versions``, ``results`` and ``ratios``; each of these says that ``version`` is so
many ``times`` as good as ``than`` it is, in a ``world``.
"""

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def parser(description: str | None, quick: str) -> argparse.ArgumentParser:
    """The options that every benchmark has; ``quick`` says what a quick run is."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help=quick)
    options.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    return options


def begin_report(*packages: str) -> dict[str, Any]:
    """The machine, its load now, and the versions of Python and of packages."""
    versions = {"python": platform.python_version()}
    for name in packages:
        try:
            versions[name] = installed(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    machine = {"processor": processor(), "cpus": os.cpu_count(), "system": platform.platform()}
    return {"machine": machine | {"load before": os.getloadavg()[0]}, "versions": versions}


def end_report(report: dict[str, Any], **found: Any) -> dict[str, Any]:
    """The report with what was found, and the load at the end."""
    report["machine"]["load after"] = os.getloadavg()[0]
    return report | found


def processor() -> str:
    """The name that the processor gives itself."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def table_of(title: str, *columns: str, words: tuple[str, ...] = ()) -> Table:
    """An empty table; the columns in ``words`` hold text, the others numbers."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in words else "right", no_wrap=column in words)
    return table


def say_where(report: dict[str, Any], console: Console) -> None:
    """The machine and what was left out, in a few lines."""
    machine = report["machine"]
    load = f"load {machine['load before']:.1f} before, {machine['load after']:.1f} after"
    console.print(f"{machine['cpus']} CPUs, {machine['processor']}; {load}")
    for name, reason in report.get("left_out", {}).items():
        console.print(f"{name}: not measured: {reason}", markup=False)


def write(report: dict[str, Any], file: Path | None) -> None:
    """Write the report as JSON, if a file is given."""
    if file:
        file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
