"""Reports: one page that asks nothing of a network, says what failed, and how to have it all again."""

import re
import shlex
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import vesicle_abm as va
from vesicle_abm.cli import main
from vesicle_abm.experiments.report_courses import band
from vesicle_abm.experiments.report_tables import probability, shown
from vesicle_abm.experiments.report_words import shortest

HAZARD, STAY = "kinds.walker.decay.hazard", "kinds.walker.migration.stay"
QUICK = {"steps": 8, "workers": 1}


class Page(HTMLParser):
    """The tags, links and cells of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.cells, self._cell = [], [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src", "xlink:href")]
        self._cell = tag in ("td", "th")

    def handle_data(self, data):
        if self._cell:
            self.cells.append(data)
            self._cell = False


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """A study of a grid with a failure in it, and its page."""
    folder = tmp_path_factory.mktemp("grid") / "study"
    base = va.Scenario.load("random_walk")
    base = va.Scenario({**base.data, "question": "Is 1 < 2 & <script>alert(1)</script>?"}, "walk.toml")
    va.batch(base, sweep={HAZARD: [0.01, 0.1, 0.5], STAY: [1.0, 5.0]}, replicates=3, out=folder, **QUICK)
    study = va.Study.open(folder)
    lost = study.run_ids[4]
    study.store.discard(study.store.runs / lost)
    study.store.fail(lost, {"run_id": lost, "kind": "killed", "message": "by signal <9>", "attempts": 2})
    return folder, va.report(folder).read_text(encoding="utf-8")


def test_the_page_asks_for_nothing_and_runs_nothing(grid):
    page = Page(grid[1])
    assert {link for link in page.links if not link.startswith("#")} == {"report.csv"}
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "svg" in page.tags
    assert not re.search(r"@import|url\((?!#)", grid[1])


def test_what_a_scenario_says_is_text_and_never_markup(grid):
    assert "<script>" not in grid[1]
    assert "Is 1 &lt; 2 &amp; &lt;script&gt;alert(1)&lt;/script&gt;?" in grid[1]


def test_a_failure_is_told_on_top_and_with_its_reason(grid):
    words = unescape(re.sub(r"<[^>]+>", " ", grid[1]))
    assert "1 of 18 runs have no result" in words
    assert "killed: by signal <9>" in words
    assert "17 done, 1 failed" in words


def test_every_number_shown_stands_in_the_csv(grid):
    folder, text = grid
    table = pd.read_csv(folder / "report.csv", keep_default_na=False, dtype=str)
    numbers = pd.to_numeric(table["value"], errors="coerce").dropna()
    told = {shown(float(number)) for number in numbers} | {probability(float(number)) for number in numbers}
    told |= {str(int(number)) for number in numbers if number % 1 == 0} | set(table["value"])
    told |= set(table["of"].str.rpartition("; ")[2])  # replicates
    cells = [part for cell in Page(text).cells for part in cell.split(" to ") if re.fullmatch(r"[−< ]*[\d.,e−]+", part)]
    assert len(cells) > 60
    assert {cell for cell in cells if cell not in told} == set()
    design = dict(zip(table["quantity"], table["value"], strict=True))
    assert [design[name] for name in ("runs", "done", "failed", "conditions", "replicates", "steps")] == (
        ["18", "17", "1", "6", "3", "8"]
    )
    lost = va.Study.open(folder).frame().iloc[4]
    failed = table[table["table"] == "failures"]
    assert failed[["quantity", "value"]].values.tolist() == [["seed", str(lost["seed"])]]
    assert failed["of"].item().endswith("; 1")


def test_the_report_of_the_same_study_is_the_same_to_the_byte(grid):
    folder, text = grid
    assert va.report(folder).read_text(encoding="utf-8") == text


def test_ids_of_figures_are_each_their_own(grid):
    ids = re.findall(r'\bid="([^"]+)"', grid[1])
    used = set(re.findall(r'(?:url\(#|xlink:href="#)([^")]+)', grid[1]))
    assert used <= set(ids)
    defined = [name for name in ids if name in used]
    assert len(defined) == len(set(defined))


@pytest.mark.parametrize(
    "command",
    [
        f"batch random_walk --sweep {HAZARD}=0.1,0.2 --replicates 2 --set {STAY}=3",
        f"batch random_walk --list conditions.csv --replicates 2 --set {STAY}=3",
        f"batch random_walk --lhs 4 {HAZARD}=0.01:0.5:log",
        f"batch random_walk --sobol 4 {HAZARD}=0.01:0.5 --unpaired",
        "ablate random_walk --replicates 2 --metric walker.alive.last --part kinds.walker",
        f"sensitivity random_walk {HAZARD}=0.01:0.5 --metric walker.alive.last --method sobol --samples 2",
        f"optimise random_walk {HAZARD}=0.01:0.5 --metric walker.alive.last --minimise --trials 4",
    ],
    ids=lambda command: " ".join(command.split()[:3:2]),
)
def test_the_command_in_a_report_gives_the_same_runs(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conditions.csv").write_text(f"{HAZARD}\n0.1\n0.2\n")
    assert main([*shlex.split(command), "--steps", "4", "--jobs", "1", "--quiet", "--out", "first"]) == 0
    assert main(["report", "first"]) == 0
    page = (tmp_path / "first" / "report.html").read_text(encoding="utf-8")
    words = shlex.split(unescape(re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1]))
    assert words[0] == "vesicle-abm"
    where = words.index("--out") + 1
    assert words[where] == str(tmp_path / "first")
    words[where] = "second"
    assert main([*words[1:], "--jobs", "1", "--quiet"]) == 0
    first, second = (va.Study.open(tmp_path / name) for name in ("first", "second"))
    assert first.run_ids == second.run_ids
    assert first.frame()["digest"].tolist() == second.frame()["digest"].tolist()
    capsys.readouterr()


def command_of(folder):
    """The command that the report of a folder tells."""
    page = va.report(folder).read_text(encoding="utf-8")
    return unescape(re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1])


def test_a_file_that_is_called_as_a_shipped_scenario_is_named_as_the_file_that_it_is(tmp_path):
    text = va.Scenario.load("random_walk").text
    (tmp_path / "random_walk.toml").write_text(text.replace("hazard = 0.02", "hazard = 0.3"))
    va.batch(str(tmp_path / "random_walk.toml"), out=tmp_path / "study", **QUICK)
    assert shlex.split(command_of(tmp_path / "study"))[2] == str(tmp_path / "random_walk.toml")


def test_of_a_scenario_that_no_file_holds_each_run_is_made_again(tmp_path, capsys):
    va.batch(va.Scenario.load("random_walk").override(HAZARD, 0.3), out=tmp_path / "study", **QUICK)
    run = va.Study.open(tmp_path / "study").run_ids[0]
    words = shlex.split(command_of(tmp_path / "study").replace("RUN_ID", run))
    assert main([*words[1:], "--quiet"]) == 0
    assert "the same again" in capsys.readouterr().out


def test_a_band_over_time_is_the_t_interval_of_each_step():
    """1, 2, 3: mean 2, half width t / sqrt 3, t = 0.95 sqrt(2 / (1 - 0.95**2)) of two degrees."""
    table = pd.DataFrame([[1.0, 2.0, 3.0], [4.0, 4.0, 4.0]], index=[1, 2])
    found = band(table, 0.95)
    half = 0.95 * np.sqrt(2.0 / (1.0 - 0.95**2)) / np.sqrt(3.0)
    assert found.to_numpy() == pytest.approx(np.array([[2.0, 2.0 - half, 2.0 + half], [4.0, 4.0, 4.0]]))


def test_numbers_and_keys_in_words():
    assert [shown(value) for value in (0.123456, -1.5e-7, 12345.6, float("nan"), None, 3)] == [
        "0.1235", "−1.5e−07", "12,346", "–", "–", "3"
    ]  # fmt: skip
    assert [probability(value) for value in (1e-5, 0.04123, float("nan"))] == ["< 0.0001", "0.0412", "–"]
    keys = ["kinds.a.decay.hazard", "kinds.b.decay.hazard", "kinds.a.absorb"]
    assert [shortest(key, keys) for key in keys] == ["a.decay.hazard", "b.decay.hazard", "absorb"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"metrics": ["walker.alive.lst"]}, "did you mean 'walker.alive.last'"),
        ({"reference": "hazard=0.02"}, "did you mean"),
        ({"method": "bootstrp"}, "did you mean 'bootstrap'"),
        ({"level": 95}, "got 95"),
    ],
)
def test_bad_input_is_refused(grid, how, words):
    with pytest.raises(va.InputError, match=words):
        va.report(grid[0], **how)


def test_a_folder_without_a_study_has_no_report(tmp_path):
    with pytest.raises(va.InputError, match="holds no study"):
        va.report(tmp_path)
