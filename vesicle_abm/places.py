"""Where shipped scenarios, dashboard and benchmarks lie: inside an installed package, or beside it in a checkout."""

import os
import tomllib
from pathlib import Path

from vesicle_abm.core.errors import InputError, nearest

PACKAGE = Path(__file__).parent


def shipped(part: str) -> Path:
    """The folder "scenarios", "dashboards" or "benchmarks"."""
    inside = PACKAGE / part
    return inside if inside.is_dir() else PACKAGE.parent / part


def shipped_scenarios() -> dict[str, Path]:
    """Name -> file of each shipped scenario."""
    return {path.stem: path for path in sorted(shipped("scenarios").glob("*.toml"))}


def scenario_path(name_or_path) -> Path:
    """The file of a shipped scenario, or a file.

    Raises
    ------
    InputError
        if it is neither, naming the nearest shipped one.
    """
    if not isinstance(name_or_path, str | os.PathLike):
        raise InputError(
            f"got {name_or_path!r}; the name of a shipped one or the path of a file is allowed", "scenario"
        )
    known = shipped_scenarios()
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    path = Path(name_or_path)
    try:
        there, folder = path.exists() and str(name_or_path) != "", path.is_dir()
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from None
    if there and folder:
        raise InputError(f"{str(path)!r} is a folder; the path of a .toml file is allowed")
    if there:
        return path
    if path.suffix == ".toml":
        raise InputError(f"no file {str(path)!r}; shipped scenarios: {', '.join(known)}")
    raise InputError(f"no scenario {str(name_or_path)!r}; {nearest(name_or_path, known)}, or the path of a .toml file")


def read_toml(path: Path) -> dict:
    """The content of a TOML file.

    Raises
    ------
    InputError
        naming the file and the place, if it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not TOML: it is not text in UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise InputError(f"{path} is not TOML: brackets within brackets, too many") from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise InputError(f"{path} is not TOML: {error}") from None


def questions() -> dict[str, str]:
    """Name -> the question that each shipped scenario answers."""
    return {name: " ".join(read_toml(path).get("question", "").split()) for name, path in shipped_scenarios().items()}
