"""What the extra [experiments] brings, imported where it is used, with an error that names the extra."""

from importlib import import_module
from types import ModuleType

from vesicle_abm.core.errors import InputError

EXTRA = 'pip install "vesicle-abm[experiments]"'


def needed(module: str) -> ModuleType:
    """A module of an optional package.

    Raises
    ------
    InputError
        naming the extra to install, if the package is not there.
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise InputError(f"this needs {package}, which is not installed: {EXTRA}") from None
