"""A training as a file, and back: tensors and plain numbers, which torch loads without running anything."""

import os
import pickle
from pathlib import Path
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.learning.needed import torch

FORMAT = "vesicle_abm training 2"
PARTS = {"parameters", "optimiser", "best", "log", "steps", "model"}


def write(path: Path, about: dict[str, Any]) -> None:
    """Write tensors, numbers, text, lists and dicts of these; the file appears when it is complete."""
    temporary = path.with_name(f".{path.name}.part")
    torch.save({"format": FORMAT, **about}, temporary)
    os.replace(temporary, path)


def read(
    path: Path, module: torch.nn.Module, optimiser: torch.optim.Optimizer, steps: int, model: str
) -> dict[str, Any]:
    """What ``write`` wrote, if it fits what is to be trained, over so many ``steps`` of the ``model`` with this digest.

    Raises
    ------
    InputError
        if there is no such file, or it is damaged, or of other parameters, steps, another model or optimiser.
    """
    if not path.is_file():
        raise InputError(f"no file {str(path)!r} to go on from", "checkpoint")
    try:
        found = torch.load(path, weights_only=True)
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{str(path)!r} is not a checkpoint of a training, or is damaged: {error}", "checkpoint"
        ) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f"{str(path)!r} is not a checkpoint of a training, or is of another version", "checkpoint")
    if lacking := sorted(PARTS - set(found)):
        raise InputError(f"{str(path)!r} is damaged: it lacks {', '.join(lacking)}", "checkpoint")
    theirs, ours = (shapes(state) for state in (found["parameters"], module.state_dict()))
    if theirs != ours:
        raise InputError(f"{str(path)!r} has the parameters {theirs}; those to be trained are {ours}", "checkpoint")
    if found["optimiser"]["name"] != type(optimiser).__name__:
        words = f"was written with {found['optimiser']['name']}; the optimiser is now {type(optimiser).__name__}"
        raise InputError(f"{str(path)!r} {words}", "checkpoint")
    if found["steps"] != steps:
        raise InputError(f"got {steps}; {str(path)!r} is of a training over {found['steps']}", "steps")
    if found["model"] != model:
        words = "is of a training of another model, or of one in another state; go on with the same rules and graph"
        raise InputError(f"{str(path)!r} {words}", "checkpoint")
    return found


def shapes(state: dict[str, torch.Tensor]) -> dict[str, list[int]]:
    """Name -> shape."""
    return {name: list(value.shape) for name, value in state.items()}
