"""Release onto activations: FiLM, at once and for one step; bias, lasting. (Gain, lasting: ``release``.)"""

from vesicle_abm.core.parameters import parameter
from vesicle_abm.vesicles.change import BIAS, ChangeRelease
from vesicle_abm.vesicles.release import ACTIVATION, Release, check_component, component_parameter, scaled


class FiLMRelease(Release, name="film"):
    """h <- (1 + sum gamma_v) h + sum beta_v, at once, over the vesicles that dock at the node in this step.

    gamma_v = scale * c[scale_component], beta_v = shift * c[shift_component]; a component of none stands for 1. So r
    vesicles a step, each with a part 1/r of gamma - 1 and beta, are feature-wise linear modulation, FiLM (Perez et al.
    2018), in the mean, with a variance that falls as 1/r. [our formula] Learning sees the changed activation, and it is
    what the neuron sends.
    """

    target = ACTIVATION
    scale: float = parameter(0.0, "gamma - 1 that one vesicle brings")
    shift: float = parameter(0.0, "beta that one vesicle brings")
    scale_component: int | None = component_parameter("content component that multiplies scale; none: 1")
    shift_component: int | None = component_parameter("content component that multiplies shift; none: 1")

    def effect(self, vesicles, nodes, xp):
        """(n, 2) gamma_v and beta_v."""
        gamma = scaled(self.scale, self.scale_component, vesicles)
        beta = scaled(self.shift, self.shift_component, vesicles)
        return xp.columns(nodes.index, gamma, beta)

    def width(self, content_width):
        """Two: gamma and beta."""
        return 2

    def check(self, content_width):
        """Both components must be there."""
        for key in ("scale_component", "shift_component"):
            if getattr(self, key) is not None:
                check_component(getattr(self, key), content_width, key)


class BiasRelease(ChangeRelease, name="bias"):
    """Raise (or, below 0, lower) the bias of the node: z = f(g * input + b + sum of amounts).

    With ``recovery`` the sum fades; without, it becomes part of the bias for good, and homeostasis goes on from there.

    >>> BiasRelease(amount=0.5).effect(None, None, None)
    0.5
    """

    changes = BIAS
