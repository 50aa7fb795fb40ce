"""Vesicles that live alongside a torch network: ``attach(net, kinds)`` to any ``nn.Module``. Needs the extra [learn].

A node of the graph is an output unit of a module, or a module. Each forward of the network is a step of the ordinary
VesicleModel; what its vesicles release reaches the network through hooks, and no parameter is ever touched:

    y <- (1 + gamma) (g y + b) + beta,    y = (W + dW) x + bias

with gamma and beta of ``FiLMRelease``, the gain g of ``GainRelease``, b of ``BiasRelease``, and dW of weight releases
and of plasticity. ``detach()`` leaves no trace.
"""

try:
    import torch  # noqa: F401
except ImportError as missing:
    words = 'vesicle_abm.networks needs torch, which is not installed: pip install "vesicle-abm[learn]"'
    raise ImportError(words) from missing

from vesicle_abm.networks.attach import attach
from vesicle_abm.networks.graph import graph_of
from vesicle_abm.networks.population import VesiclePopulation

__all__ = ["VesiclePopulation", "attach", "graph_of"]
