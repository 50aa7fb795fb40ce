"""One update after another: the loss of a field's course, its gradient, and an optimiser's step, guarded."""

from collections.abc import Callable

from vesicle_abm.core.errors import InputError
from vesicle_abm.learning.course import Course
from vesicle_abm.learning.needed import torch
from vesicle_abm.learning.trainable import Trainable

SMALLER = "a smaller step of the optimiser may help"
Loss = Callable[[Course], torch.Tensor]


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
            found = one_number(loss(self.trainable(self.steps)))
        self._refuse_unless_finite({"the validation loss": found})
        return float(found)

    def measure(self, updates: int) -> torch.Tensor:
        """The loss, with its gradient in the parameters.

        Raises
        ------
        DivergedError
            if either is not finite; the parameters are then those of the last time that both were.
        """
        try:
            self._refuse_unless_finite(dict(self.trainable.named_parameters()))
            value = self._evaluate()
            slopes = self._slopes()
            self._refuse_unless_finite({"the loss": value, **{f"the gradient of {n}": s for n, s in slopes.items()}})
        except (DivergedError, InputError) as error:
            self.trainable.load_state_dict(self._good)
            if isinstance(error, InputError) and not updates:
                raise
            hint = SMALLER if updates else "does anything arrive in so few steps?"
            raise DivergedError(f"{error}, after {updates} updates; {hint}") from error
        self._good = self.trainable.snapshot()
        self.gradient = float(torch.stack([(slope**2).sum() for slope in slopes.values()]).sum().sqrt())
        return value

    def _slopes(self) -> dict[str, torch.Tensor]:
        """The gradient with respect to each parameter."""
        slopes = {}
        for name, parameter in self.trainable.named_parameters():
            if parameter.grad is None:
                words = "the loss does not depend on it; learn something else, or ask for something else"
                raise InputError(words, name)
            slopes[name] = parameter.grad
        return slopes

    @staticmethod
    def _refuse_unless_finite(values: dict[str, torch.Tensor]) -> None:
        for name, value in values.items():
            if not bool(value.isfinite().all()):
                raise DivergedError(f"{name} is not finite")

    def update(self, measured: torch.Tensor) -> None:
        """A step of the optimiser, which may look further; ``measured`` is what it first sees.

        Raises
        ------
        DivergedError
            if it looks where the field has no answer; the parameters are then those before.
        """
        first = [measured]
        try:
            self.optimiser.step(lambda: float(first.pop() if first else self._evaluate()))
        except InputError as error:
            self.trainable.load_state_dict(self._good)
            raise DivergedError(f"{error}, within an update; {SMALLER}") from error

    def _evaluate(self) -> torch.Tensor:
        self.optimiser.zero_grad()
        value = one_number(self.loss(self.trainable(self.steps, self.segment)))
        if not value.requires_grad:
            raise InputError("does not depend on what is trained", "loss")
        value.backward()
        return value.detach()


def one_number(value: torch.Tensor) -> torch.Tensor:
    """What a loss gave, if it is one number."""
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        got = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)
        raise InputError(f"gave {got}; a tensor with one number is allowed", "loss")
    return value.reshape(())
