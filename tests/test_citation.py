"""CITATION.cff names this version and the framework; docs/reproducibility.md names every key of a manifest."""

import re
from pathlib import Path

import pytest

from vesicle_abm.experiments.run import run
from vesicle_abm.scenario import Scenario
from vesicle_abm.version import VERSION

ROOT = Path(__file__).parents[1]
TOLD_ELSEWHERE = {"format", "status", "question", "expect", "scenario", "save_every", "started", "finished", "warnings"}
TOLD_ELSEWHERE |= {"resumed_at_step", "counts_by_kind"}


def test_the_citation_is_of_this_version_and_names_the_framework():
    yaml = pytest.importorskip("yaml")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert str(cited["version"]) == VERSION
    assert f"license = {cited['license']}\n" in (ROOT / "setup.cfg").read_text(encoding="utf-8")
    (paper,) = cited["references"]
    assert [author["family-names"] for author in paper["authors"]] == ["Li", "Xu", "Kane"]
    assert "arXiv:2512.06966" in [identifier["value"] for identifier in paper["identifiers"]]


def test_the_page_of_reproducibility_names_every_key_of_a_manifest(tmp_path):
    page = (ROOT / "docs" / "reproducibility.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page[page.index("| key |") : page.index("A run of a study says")]))
    manifest = run(Scenario.load("random_walk"), steps=2, out=tmp_path / "run").manifest
    assert set(manifest) - TOLD_ELSEWHERE == named - {"null"}
