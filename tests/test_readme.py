"""The README's promises that can be run: its commands' form, its examples, its pictures and links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for line in README.splitlines() if line.startswith("python3 -m venv")]


def test_the_readme_opens_with_one_command_for_the_main_job_and_one_for_the_tests():
    run, test = COMMANDS
    assert README.index(run) < README.index(test) < 600
    for command in COMMANDS:
        assert "pip install -q -c constraints.txt -e" in command
    assert run.endswith("vesicle-abm run worm_wireless")
    assert "pytest" in test


def test_every_link_to_a_file_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        file, _, anchor = target.partition("#")
        assert (ROOT / file).exists(), target
        assert not anchor or anchor in anchors((ROOT / file).read_text(encoding="utf-8")), target


def anchors(text: str) -> set[str]:
    """What GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("number", range(README.count("```python")))
def test_the_python_examples_run(number, capsys):
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    before = "import vesicle_abm as va\n" if number else ""
    exec(compile(before + blocks[number], f"README block {number}", "exec"), {})
    if number == 0:
        assert "'born'" in capsys.readouterr().out


def test_the_readmes_own_rule_keeps_the_contract():
    block = next(b for b in re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL) if "va.Docking" in b)
    names: dict = {}
    exec(compile("import vesicle_abm as va\n" + block, "README", "exec"), names)
    names["va"].check_rule(names["BusyDocking"](slope=2.0))
