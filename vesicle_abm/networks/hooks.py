"""Hooks: how what vesicles have changed reaches the tensors of a forward, and what is seen there reaches the vesicles.

At a unit y <- scale * y + shift; at a module with weights first y <- y + dW x. Nothing is done where nothing has
changed, so a network without vesicles computes its own bits.

What is seen: the mean and the mean size of each unit's output, over the batch, over positions and over all forwards
since the last step; and the gradient of the loss with respect to the unit's shift and scale, summed over the same. For
a loss that is a mean over the batch that sum is the mean over the batch.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vesicle_abm.core.errors import InputError
from vesicle_abm.networks.sites import Site, WeightSite

MEAN, SIZE, COUNT, GRADIENT, GAIN_GRADIENT = "activity", "magnitude", "count", "gradient", "gain_gradient"
AVERAGED, SUMMED = (MEAN, SIZE), (GRADIENT, GAIN_GRADIENT)


class Hook:
    """What a network calls; in a copy of the network, deep or pickled, one that does nothing stands in its place."""

    def __init__(self, act: Callable | None = None):
        self.act = act

    def __call__(self, *given: Any) -> Any:
        """What a hook of torch gives; None changes nothing."""
        return self.act(*given) if self.act else None

    def __reduce__(self) -> tuple:
        return Hook, ()


class Change:
    """An array of the vesicles' making as a tensor, on whatever device and of whatever type it is wanted."""

    def __init__(self, values: np.ndarray, neutral: float):
        self.values, self.nothing = values, bool((values == neutral).all())
        self._tensors: dict[tuple, Tensor] = {}

    def like(self, tensor: Tensor) -> Tensor:
        """On the device and of the type of another tensor; never an inference tensor, which autograd refuses later."""
        key = tensor.device, tensor.dtype
        if key not in self._tensors:
            with torch.inference_mode(False):
                self._tensors[key] = torch.as_tensor(self.values).to(*key)
        return self._tensors[key]


class UnitHook:
    """Scale and shift of the units at one site, and what is seen of them. One number for a module taken whole."""

    def __init__(self, site: Site, gradients: bool):
        self.site, self.gradients, self.watching = site, gradients, True
        self.seen: dict[str, Tensor] = {}
        count = site.units.number
        self.change(np.ones(count), np.zeros(count))

    def change(self, scale: np.ndarray, shift: np.ndarray) -> None:
        """From now on."""
        self.scale, self.shift = Change(scale, 1.0), Change(shift, 0.0)

    def before(self, module: nn.Module, inputs: tuple, keywords: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """For ``register_forward_pre_hook``; of several inputs, the first is meant."""
        if inputs:
            return (self._first(inputs[0]), *inputs[1:]), keywords
        name = first_keyword(keywords, self.site.module)
        return inputs, keywords | {name: self._first(keywords[name])}

    def after(self, module: nn.Module, inputs: tuple, keywords: dict[str, Any], output: Any) -> Any:
        """For ``register_forward_hook``; of a tuple, the first is meant."""
        return (self._first(output[0]), *output[1:]) if isinstance(output, tuple) else self._first(output)

    def _first(self, y: Tensor) -> Tensor:
        if not isinstance(y, Tensor) or not y.is_floating_point():
            what = f"a tensor of {y.dtype}" if isinstance(y, Tensor) else f"a {type(y).__name__}"
            words = f"its {self.site.side} is {what}; vesicles act on tensors of real numbers"
            raise InputError(words, f"modules.{self.site.module}")
        y = self._changed(y)
        if self.watching and y.numel():
            self._watch(y.detach())
        return y

    def _changed(self, y: Tensor) -> Tensor:
        traced = self.gradients and self.watching and torch.is_grad_enabled()
        if self.scale.nothing and self.shift.nothing and not traced:
            return y
        view = self.site.view(y.dim())
        scale, shift = (change.like(y).view(view) for change in (self.scale, self.shift))
        if traced:
            scale, shift = (self._traced(*pair) for pair in ((scale, GAIN_GRADIENT), (shift, GRADIENT)))
        return scale * y + shift

    def _traced(self, factor: Tensor, name: str) -> Tensor:
        """A leaf of the graph of autograd: its gradient is noted, and nothing else becomes of it."""
        leaf = factor.clone().requires_grad_()
        leaf.register_hook(lambda gradient: self._add(name, gradient.detach().double().reshape(-1)))
        return leaf

    def _watch(self, y: Tensor) -> None:
        others = self.site.others(y.dim())
        for name, values in ((MEAN, y), (SIZE, y.abs())):
            total = values.sum(others, dtype=torch.float64) if others else values.double()
            self._add(name, total.reshape(-1))
        self._add(COUNT, torch.tensor(y.numel() // (1 if self.site.whole else self.site.units.number)))

    def _add(self, name: str, values: Tensor) -> None:
        so_far = self.seen.get(name)
        self.seen[name] = values if so_far is None else so_far + values.to(so_far.device)

    def report(self, signals: dict[str, np.ndarray]) -> None:
        """Write what was seen to the rows (N,) of the nodes; where nothing was, they stay."""
        count = float(self.seen.get(COUNT, torch.ones(())))
        for name in (*AVERAGED, *SUMMED):
            if name not in self.seen or name not in signals:
                continue
            values = self.seen[name].cpu().numpy()[self.site.unit] / (count if name in AVERAGED else 1.0)
            if not np.isfinite(values).all():
                words = f"has NaN or infinite numbers at the {self.site.side} of the module {self.site.module!r}"
                raise InputError(words, f"signals.{name}")
            signals[name][self.site.node] = values


class WeightHook:
    """dW of one module: y <- y + dW x, as the module itself applies its weight."""

    def __init__(self, site: WeightSite, shape: tuple[int, ...]):
        self.site, self.shape = site, shape
        self.change(np.zeros(len(site.edge)))

    def change(self, difference: np.ndarray) -> None:
        """From now on; ``difference`` for each edge of the site."""
        found = np.zeros(self.shape)
        found.flat[self.site.entry] = difference
        self.difference = Change(found, 0.0)

    def after(self, module: nn.Module, inputs: tuple, keywords: dict[str, Any], output: Tensor) -> Tensor:
        """For ``register_forward_hook``."""
        if self.difference.nothing:
            return output
        x = inputs[0] if inputs else keywords[first_keyword(keywords, self.site.module)]
        difference = self.difference.like(x)
        if isinstance(module, nn.Linear):
            return output + functional.linear(x, difference).to(output.dtype)
        return output + module._conv_forward(x, difference, None).to(output.dtype)  # type: ignore[operator]


def first_keyword(keywords: dict[str, Any], module: str) -> str:
    """The name of the first input of a module that is called by keywords alone.

    Raises
    ------
    InputError
        if it is called with nothing.
    """
    if not keywords:
        raise InputError("is called with no input, and vesicles act on its first", f"modules.{module}")
    return next(iter(keywords))
