"""One update after another: the loss of a field's course, its gradient, and an optimiser's step, guarded."""

from collections.abc import Callable

import torch
from torch import Tensor

from vesicle_abm.core.errors import InputError
from vesicle_abm.learning.course import Course
from vesicle_abm.learning.trainable import Trainable

Loss = Callable[[Course], Tensor]


class DivergedError(ArithmeticError):
    """A loss or a gradient was no longer finite; the parameters are the last for which both were."""


class Descent:
    """A loss, what it is lowered by, and the optimiser that lowers it; ``gradient``, the norm of the last gradient."""

    def __init__(
        self,
        trainable: Trainable,
        loss: Loss,
        steps: int,
        segment: int | None,
        optimiser: torch.optim.Optimizer,
    ):
        self.trainable, self.loss, self.steps, self.segment = trainable, loss, steps, segment
        self.optimiser, self.gradient, self._good = optimiser, 0.0, trainable.snapshot()

    def value(self, loss: Loss) -> float:
        """Another loss of the present parameters, without a gradient."""
        with torch.no_grad():
            return float(one_number(loss(self.trainable(self.steps))))

    def measure(self, updates: int) -> Tensor:
        """The loss, with its gradient in the parameters.

        Raises
        ------
        DivergedError
            if either is not finite; the parameters are then those of the last time that both were.
        """
        value = self._evaluate()
        slopes = {name: parameter.grad for name, parameter in self.trainable.named_parameters()}
        for name, slope in slopes.items():
            if slope is None:
                raise InputError(
                    "the loss does not depend on it; learn something else, or ask for something else", name
                )
        wrong = "the loss" if not bool(torch.isfinite(value)) else ""
        wrong = wrong or next((f"the gradient of {n}" for n, s in slopes.items() if not bool(s.isfinite().all())), "")
        if wrong:
            self.trainable.load_state_dict(self._good)
            words = (
                "a smaller step of the optimiser may help" if updates else "as it starts; is anything ever delivered?"
            )
            raise DivergedError(f"{wrong} is not finite after {updates} updates: {words}")
        self._good = self.trainable.snapshot()
        self.gradient = float(torch.sqrt(sum((slope**2).sum() for slope in slopes.values())))
        return value

    def update(self, measured: Tensor) -> None:
        """A step of the optimiser, which may look further; ``measured`` is what it first sees."""
        first = [measured]
        self.optimiser.step(lambda: first.pop() if first else self._evaluate())

    def _evaluate(self) -> Tensor:
        self.optimiser.zero_grad()
        value = one_number(self.loss(self.trainable(self.steps, self.segment)))
        if not value.requires_grad:
            raise InputError("does not depend on what is trained", "loss")
        value.backward()
        return value.detach()


def one_number(value: Tensor) -> Tensor:
    """What a loss gave, if it is one number."""
    if not isinstance(value, Tensor) or value.numel() != 1:
        got = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
        raise InputError(f"gave {got}; a tensor with one number is allowed", "loss")
    return value.reshape(())
