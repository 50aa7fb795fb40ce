"""The dashboard reads the public names of the package, and nothing behind them."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "dashboards"
FILES = sorted(FOLDER.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(FOLDER).as_posix() for path in FILES])
def test_only_public_names_are_imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not [name.name for name in node.names if name.name.startswith("vesicle_abm.")]
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert not (node.module or "").startswith("vesicle_abm")
