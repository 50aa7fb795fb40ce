"""train: lower a loss on the field's course, with any torch optimiser, until it no longer falls."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vesicle_abm.checkpoint import model_digest
from vesicle_abm.core.errors import InputError
from vesicle_abm.learning import checkpoints
from vesicle_abm.learning.checks import check_counts
from vesicle_abm.learning.descent import Descent, Loss
from vesicle_abm.learning.log import Log, progress_bar
from vesicle_abm.learning.needed import torch
from vesicle_abm.learning.trainable import Trainable

if TYPE_CHECKING:
    import pandas as pd

Factory = Callable[[list[torch.nn.Parameter]], torch.optim.Optimizer]
LEARNING_RATE = 0.05  # of the optimiser that is taken where none is given


@dataclass(frozen=True)
class Training:
    """What ``train`` gives: ``history``, a row for each number of updates; ``best``, the number of updates with the
    lowest (validation) loss, ``loss`` itself; ``stopped`` by "epochs" or "patience".
    """

    history: "pd.DataFrame"
    best: int
    loss: float
    stopped: str


def adam(parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """Adam (Kingma and Ba 2015) at ``LEARNING_RATE``: what is taken where no optimiser is given."""
    return torch.optim.Adam(parameters, lr=LEARNING_RATE)


def train(
    trainable: Trainable,
    loss: Loss,
    steps: int,
    *,
    epochs: int = 200,
    optimiser: torch.optim.Optimizer | Factory = adam,
    validation: Loss | None = None,
    patience: int | None = None,
    least: float = 0.0,
    segment: int | None = None,
    checkpoint: str | Path | None = None,
    save_every: int = 20,
    resume: bool = False,
    quiet: bool = False,
) -> Training:
    """Lower ``loss`` of the field's course; at the end the parameters are those of the lowest loss that was seen.

    Nothing is drawn: the same call gives the same bits.

    Parameters
    ----------
    trainable : what is trained
    loss : gives one number, a tensor, from the Course of so many ``steps``: of ``learning.losses``, or your own
    epochs : most updates
    optimiser : of torch, or what makes one of the parameters, as ``torch.optim.SGD`` or a lambda; LBFGS is one too
    validation : another loss by which the best is chosen, and ``patience`` counts
    patience : stop after so many updates in which it has not fallen by more than ``least``
    segment : what passes inside so many steps is not kept for the gradient, but computed anew: less memory
    checkpoint : a file that holds the training, written after each ``save_every`` updates and the last
    resume : go on from ``checkpoint``, to the same bits as if there had been no stop, with the same steps and the same
        model in the same state
    quiet : no progress bar

    Raises
    ------
    InputError
        for a loss that is not one number, or does not depend on what is trained; for a checkpoint that does not fit,
        or cannot be written where it is to be.
    DivergedError
        if the loss or its gradient is no longer finite; the last good parameters are put back.
    """
    if not (isinstance(least, int | float) and 0.0 <= least < float("inf")):
        raise InputError(f"got {least!r}; a number >= 0 is allowed", "least")
    for name, asked in (("loss", loss), ("validation", loss if validation is None else validation)):
        if not callable(asked):
            raise InputError(f"got {asked!r}; a function of a Course is allowed", name)
    check_counts(steps=(steps, 1), epochs=(epochs, 0), patience=(patience, 1), save_every=(save_every, 1))
    made = mover(optimiser, trainable)
    path = usable(checkpoint, resume)
    log, best, began = Log(), trainable.snapshot(), 0
    same: dict = {} if path is None else {"steps": steps, "model": model_digest(trainable.model)}
    if path is not None and resume:
        found = checkpoints.read(path, trainable, made, **same)
        trainable.load_state_dict(found["parameters"])
        made.load_state_dict(found["optimiser"]["state"])
        log, best = Log(**found["log"]), found["best"]
        began = len(log.loss) - 1
        check_counts(epochs=(epochs, began))
    descent = Descent(trainable, loss, steps, segment, made)
    with progress_bar(quiet, epochs) as report:
        for epoch in range(began, epochs + 1):
            value = descent.measure(epoch)
            if epoch == len(log.loss):  # else it is the last of what the file holds, measured again for its gradient
                checked = descent.value(validation) if validation else float(value)
                if log.add(float(value), checked, descent.gradient, least):
                    best = trainable.snapshot()
            report(epoch, log)
            over = epoch == epochs or (patience is not None and epoch - log.fell >= patience)
            if path is not None and (over or (epoch > began and epoch % save_every == 0)):
                state = {"name": type(made).__name__, "state": made.state_dict()}
                about = {"parameters": trainable.state_dict(), "best": best, "log": asdict(log)}
                checkpoints.write(path, {**about, "optimiser": state, **same})
            if over:
                break
            descent.update(value)
    trainable.load_state_dict(best)
    return Training(log.frame(), log.best, log.validation[log.best], "epochs" if epoch == epochs else "patience")


def mover(optimiser: torch.optim.Optimizer | Factory, trainable: Trainable) -> torch.optim.Optimizer:
    """The optimiser, made if it is not yet."""
    if not callable(optimiser) and not isinstance(optimiser, torch.optim.Optimizer):
        raise InputError(f"got {optimiser!r}; an optimiser of torch, or what makes one, is allowed", "optimiser")
    parameters = list(trainable.parameters())
    made = optimiser if isinstance(optimiser, torch.optim.Optimizer) else optimiser(parameters)
    if not isinstance(made, torch.optim.Optimizer):
        raise InputError(f"made {made!r}; an optimiser of torch is allowed", "optimiser")
    moved = {id(parameter) for group in made.param_groups for parameter in group["params"]}
    if not all(id(parameter) in moved for parameter in parameters):
        raise InputError("does not move all that is to be trained; make it of trainable.parameters()", "optimiser")
    return made


def usable(checkpoint: str | Path | None, resume: bool) -> Path | None:
    """The file of a training: there if one is to go on from it, not there if one begins."""
    if checkpoint is None:
        if resume:
            raise InputError("is missing; it is the file to go on from", "checkpoint")
        return None
    path = Path(checkpoint)
    if path.exists() and not resume:
        raise InputError(f"{str(path)!r} is there already; resume=True goes on from it", "checkpoint")
    if not path.parent.is_dir():
        raise InputError(f"got {str(path)!r}; there is no folder {str(path.parent)!r}", "checkpoint")
    return path
