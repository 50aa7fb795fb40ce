"""What optional packages bring, imported where it is used, with an error that names the extra."""

from importlib import import_module
from types import ModuleType

from vesicle_abm.core.errors import InputError

INSTALL = 'pip install "vesicle-abm[{}]"'


def needed(module: str, extra: str = "experiments") -> ModuleType:
    """A module of an optional package, which an extra of ours brings.

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
        raise InputError(f"this needs {package}, which is not installed: {INSTALL.format(extra)}") from None
