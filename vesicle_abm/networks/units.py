"""Units: what a module's output, or input, is made of, and which of its weights leads from where to where."""

from typing import NamedTuple, cast

import numpy as np
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.parameter import is_lazy

from vesicle_abm.core.errors import InputError, nearest


class Units(NamedTuple):
    """``number`` units along ``axis`` of a tensor: negative, from the end, so that a batch axis may be there or not."""

    number: int
    axis: int


def has_weights(module: nn.Module) -> bool:
    """Whether its weights lead from single inputs to single units: Linear and Conv1d to Conv3d."""
    return isinstance(module, nn.Linear) or (isinstance(module, _ConvNd) and not module.transposed)


def output_units(module: nn.Module) -> Units | None:
    """The units of its output: features of a Linear, channels of a convolution or norm; None if it has no such."""
    if isinstance(module, nn.Linear):
        return Units(module.out_features, -1)
    if isinstance(module, _ConvNd):
        return Units(module.out_channels, -1 - len(module.kernel_size))
    if isinstance(module, nn.LayerNorm):
        return Units(module.normalized_shape[-1], -1)
    if isinstance(module, nn.Embedding):
        return Units(module.embedding_dim, -1)
    if isinstance(module, _BatchNorm):
        return Units(module.num_features, 1)
    return None


def input_units(module: nn.Module) -> Units | None:
    """The units of the input of a module that has weights."""
    if isinstance(module, nn.Linear):
        return Units(module.in_features, -1)
    if isinstance(module, _ConvNd) and has_weights(module):
        return Units(module.in_channels, -1 - len(module.kernel_size))
    return None


def weight_in(module: nn.Module) -> Tensor:
    """Its weight."""
    return cast(Tensor, module.weight)


def weight_ends(module: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """(P,) input and (P,) output unit of each number of its weight, in the order in which it lies flat."""
    shape = tuple(weight_in(module).shape)
    output, within = np.divmod(np.arange(np.prod(shape)), np.prod(shape[1:]))
    first = within // int(np.prod(shape[2:]))
    if isinstance(module, _ConvNd) and module.groups > 1:
        first = first + output // (module.out_channels // module.groups) * shape[1]
    return first, output


def named(net: nn.Module, name: str) -> nn.Module:
    """The module of this name.

    Raises
    ------
    InputError
        naming the nearest, if there is none such.
    """
    modules = dict(net.named_modules())
    if name not in modules:
        raise InputError(f"no module {name!r}; {nearest(name, filter(None, modules))}", "modules")
    return modules[name]


def refuse_lazy(name: str, module: nn.Module) -> None:
    """Refuse a module whose parameters have no shape yet."""
    if any(is_lazy(parameter) for parameter in module.parameters()):
        words = f"{name!r} is a {type(module).__name__}, which has no weights before it has run; run the network once"
        raise InputError(words, "modules")


def refuse_meta(name: str, module: nn.Module) -> None:
    """Refuse a module on the device ``meta``."""
    if any(parameter.is_meta for parameter in module.parameters()):
        words = (
            f"{name!r} is on the device 'meta', which has no numbers; give it some, say by net.to_empty(device='cpu')"
        )
        raise InputError(words, "modules")
