"""VesiclePopulation: a population of vesicles that lives alongside a torch network."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.model import VesicleModel
from vesicle_abm.networks import saving
from vesicle_abm.networks.graph import INPUT
from vesicle_abm.networks.hooks import AVERAGED, MEAN, SUMMED, Hook, UnitHook, WeightHook
from vesicle_abm.networks.sites import sites_of, weight_sites
from vesicle_abm.networks.units import named, weight_in
from vesicle_abm.vesicles.parameter_release import WeightRelease
from vesicle_abm.views.changes import bias_of, weight_of


class VesiclePopulation(nn.Module):
    """A VesicleModel beside a network: each forward of the network is a step of the model, and feels what it changed.

    Just before a forward the model steps, with what was seen of the network since the last step: the mean output of a
    unit is its ``activation``, and the signals are ``activity`` (the same), ``magnitude`` (its mean size), ``gradient``
    and ``gain_gradient`` (of the loss, with respect to the unit's shift and scale; see ``hooks``), each (N,), and what
    ``tell`` told. Outputs are those of the module, before whatever nonlinearity follows.

    The population has no parameters; its state is that of the model, so ``state_dict`` carries it whole. In ``eval()``
    it neither steps nor watches: what it has changed stays in force. (The mode of the network itself is all one.) As a
    context manager it is attached inside, and detached at the end.

    Parameters
    ----------
    net : nn.Module
    model : VesicleModel, of which nodes are units of the network
    mapping : label -> (module, unit), or module; none: as node attributes say
    every : a step before each so many forwards; none: only where ``step()`` is called, as an optimiser's is
    steps_per_forward : so many steps each time; FiLM is that of the last
    gradients : whether gradients are wanted; none: if a rule names the signal. Outputs then need a gradient.

    Raises
    ------
    InputError
        if nodes are not in the network, or vesicles would change weights that are no edges.
    """

    net: nn.Module
    model: VesicleModel

    def __init__(
        self,
        net: nn.Module,
        model: VesicleModel,
        mapping: dict | None = None,
        every: int | None = 1,
        steps_per_forward: int = 1,
        gradients: bool | None = None,
    ):
        super().__init__()
        self.__dict__["net"] = net  # not a submodule: the network's state is its own
        for key, value in (("every", every), ("steps_per_forward", steps_per_forward)):
            if key == "every" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"got {value!r}; a whole number >= 1 is allowed", key)
        self.model, self.every, self.steps_per_forward, self.forwards = model, every, steps_per_forward, 0
        self.gradients = names_gradients(model) if gradients is None else gradients
        self.units = [UnitHook(site, self.gradients) for site in sites_of(net, model.graph, mapping)]
        self.weights = weight_hooks(net, model)
        self._handles: list[RemovableHandle] = []
        self._weight_at_first = weight_at_first(model)
        self.renew()

    # Being attached

    @property
    def attached(self) -> bool:
        """Whether it acts on the network now."""
        return bool(self._handles)

    def attach(self) -> None:
        """Act on the network; it is all one whether it did already."""
        if self.attached:
            return
        self._handles.append(self.net.register_forward_pre_hook(Hook(lambda *_: self._begin_forward())))
        for weight in self.weights:
            module = named(self.net, weight.site.module)
            self._handles.append(module.register_forward_hook(Hook(weight.after), with_kwargs=True))
        for unit in self.units:
            module = named(self.net, unit.site.module)
            if unit.site.side == INPUT:
                self._handles.append(module.register_forward_pre_hook(Hook(unit.before), with_kwargs=True))
            else:
                self._handles.append(module.register_forward_hook(Hook(unit.after), with_kwargs=True))

    def detach(self) -> None:
        """Leave the network as it was: no hook is left, and its outputs are its own to the bit. ``attach`` goes on."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def __enter__(self) -> "VesiclePopulation":
        self.attach()
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    # What is seen and changed

    def forward(self, *inputs: Any, **keywords: Any) -> Any:
        """The network's own forward."""
        return self.net(*inputs, **keywords)

    def tell(self, **signals: Any) -> None:
        """Give the model signals: ``tell(loss=loss, reward=1.0)``. They hold until told otherwise.

        Raises
        ------
        InputError
            for what is neither a finite number nor a vector of them; then nothing of it is told.
        """
        self.model.signals.update({name: told(name, value) for name, value in signals.items()})

    def train(self, mode: bool = True) -> "VesiclePopulation":
        """Step and watch, or with ``train(False)``, which is ``eval()``, neither."""
        for unit in getattr(self, "units", ()):
            unit.watching = mode
        return super().train(mode)

    def _begin_forward(self) -> None:
        if not self.training or self.every is None:
            return
        if self.forwards % self.every == 0:
            self.step()
        self.forwards += 1

    def step(self) -> None:
        """The model steps with what was seen since the last time; what it has changed is in force from now on.

        Raises
        ------
        InputError
            if what was seen is not finite: it is forgotten, and the next step goes on with what comes after.
        """
        names = (*AVERAGED, *SUMMED) if self.gradients else AVERAGED
        seen = {name: np.zeros(self.graph.size) for name in names}
        try:
            for unit in self.units:
                unit.report(seen)
        finally:
            for unit in self.units:
                unit.seen.clear()
        self.model.signals.update(seen)
        self.model.world.imposed = seen[MEAN]
        for _ in range(self.steps_per_forward):
            self.model.step()
        self.renew()

    def renew(self) -> None:
        """Bring what the model holds into force, after something else than a step has changed it."""
        world = self.model.world
        gamma, beta = (1.0 + world.film[:, 0], world.film[:, 1]) if len(world.film) else (1.0, 0.0)
        scale, shift = gamma * self.model.state.gain, gamma * bias_of(world) + beta
        for unit in self.units:
            unit.change(unit.site.spread(scale, 1.0), unit.site.spread(shift, 0.0))
        if self.weights:
            difference = weight_of(world).astype(np.float64) - self._weight_at_first
            for weight in self.weights:
                weight.change(difference[weight.site.edge])

    @property
    def graph(self) -> NeuralGraph:
        """Where the vesicles live."""
        return self.model.graph

    # Copying and saving

    def __getstate__(self) -> dict[str, Any]:
        """For ``copy.deepcopy``: the copy is detached, beside a copy of the network."""
        return self.__dict__ | {"_handles": []}

    def get_extra_state(self) -> dict[str, Any]:
        """The whole state, of tensors and plain numbers."""
        return saving.packed(self)

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Go on from what ``get_extra_state`` gave.

        Raises
        ------
        InputError
            if it belongs to another graph, or is damaged.
        """
        saving.unpack(self, state)
        self._weight_at_first = weight_at_first(self.model)
        self.renew()

    def extra_repr(self) -> str:
        """In a line."""
        return f"{self.model!r}, {'attached' if self.attached else 'detached'}"


def weight_at_first(model: VesicleModel) -> np.ndarray:
    """(E,) the weights of the model's graph, from which dW counts, as the state began with them."""
    graph, neurons = model.graph, model.world.neurons
    weight = neurons.initial_weight(graph) if neurons else graph.weight
    return weight.astype(model.state.weight.dtype).astype(np.float64)


def told(name: str, value: Any) -> Any:
    """A signal as the model takes it: a number, or a vector; what has one element is a number."""
    words = "a finite number is allowed, or a vector of them, one a node or one a component"
    try:
        array = np.asarray(plain(value) if isinstance(value, torch.Tensor) else value)
        if array.dtype.kind not in "fiub":
            raise TypeError("not numbers")
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"got {value!r}; {words}", name) from None
    array = array.reshape(()) if array.size == 1 else array
    if array.ndim > 1 or not array.size:
        raise InputError(f"got an array of shape {array.shape}; {words}", name)
    if not np.isfinite(array).all():
        raise InputError(f"got {array[~np.isfinite(array)].flat[0]:g}; {words}", name)
    return array[()]


def plain(tensor: torch.Tensor) -> np.ndarray:
    """A tensor, of whatever device and type, for numpy, which lacks bfloat16."""
    return (tensor.double() if tensor.is_floating_point() else tensor).detach().cpu().numpy()


def names_gradients(model: VesicleModel) -> bool:
    """Whether a rule of a kind answers to gradients."""
    rules = [rule for kind in model.world.kinds.values() for _, rule in kind.rules()]
    return any(getattr(rule, "signal", None) in SUMMED for rule in rules)


def weight_hooks(net: nn.Module, model: VesicleModel) -> list[WeightHook]:
    """A hook for each module whose weights are edges, if anything in the model changes weights."""
    kinds, learning = model.world.kinds.items(), model.world.plasticity is not None
    changing = [f"kinds.{name}" for name, kind in kinds if any(isinstance(r, WeightRelease) for r in kind.release)]
    changing += ["plasticity"] if learning else []
    if not changing:
        return []
    sites = weight_sites(net, model.graph)
    if not sites:
        words = "changes weights, and no edge is a weight of the network; graph_of(net, per='unit') has such edges"
        raise InputError(words, changing[0])
    return [WeightHook(site, tuple(weight_in(named(net, site.module)).shape)) for site in sites]
