"""Dense, short-lived vesicles against tensor computations: ``python scenarios/tensor_limits.py --out DIR``.

Runs the scenarios film_limit, hypernetwork_limit and attention_limit over rates of emission that span three and a half
decades, tells how bias and variance fall, and draws them into DIR. Each rate has a seed of its own, so that the points
through which a slope is fitted are independent.
"""

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.experiments.figures import INK, colour, plain_axes, save
from vesicle_abm.model import VesicleModel
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.limits import attention, indices

RATES = (5, 15, 50, 150, 500, 1500, 5000, 15000)  # expected births per step and emitting node
SHOWN = (15, 1500)  # rates whose results are drawn beside the direct ones
ENOUGH = 30  # answers to each query in a step, from where on E[1 / N] is 1 / E[N] but for 4 %; the fit begins there
TARGETS = 6  # output neurons of hypernetwork_limit
SQUARES = 1.0 / 3.0  # sum of q**(2 k), k >= 1, of a change that halves in each step: q = 1/2
REMEMBERED = 3.0  # (1 + q) / (1 - q): by so much its correlation from step to step widens the variance of a mean
CURVE = np.geomspace(RATES[0], RATES[-1], 60)


def film_at(rate: float) -> dict[str, float]:
    """What makes film_limit run with this rate."""
    key = "kinds.film."
    return {key + "emission.rate": rate, key + "release.scale": 1.0 / rate, key + "release.shift": 1.0 / rate}


def hypernetwork_at(rate: float) -> dict[str, float]:
    """What makes hypernetwork_limit run with this rate: the targets share what is born."""
    return {"graph.populations.context.attributes.rate": rate, "kinds.code.release.amount": TARGETS / rate}


def attention_at(rate: float) -> dict[str, float]:
    """What makes attention_limit run with this rate: answers are averaged, so their number matters for nothing else."""
    return {"graph.populations.query.attributes.rate": rate}


def film_variance(model: VesicleModel, rate: float) -> float:
    """((gamma - 1) h + beta)**2 / rate, the mean over neurons."""
    task = model.world.task
    return float(np.mean((task.scale * task.features + task.shift) ** 2)) / rate


def hypernetwork_variance(model: VesicleModel, rate: float) -> float:
    """(1/3) sum_m (sum_r c_mr a_lr (B^T x)_r)**2 / (births that reach the neuron l), the mean over output neurons."""
    task, graph = model.world.task, model.graph
    x, outputs = task.activation, indices(graph, task.outputs)
    code = (task.base + task.slope * x[:, None])[indices(graph, task.contexts)]  # (contexts, D)
    inputs = indices(graph, [label for label in graph.nodes if str(label).startswith("input")])
    projected = task.there[inputs].T @ x[inputs]  # (D,) B^T x
    effect = code @ (task.here[outputs] * projected).T  # (contexts, outputs)
    return float(SQUARES * np.mean((effect**2).sum(axis=0)) * len(outputs) / rate)


def attention_variance(model: VesicleModel, rate: float) -> float:
    """(variance of v under the softmax) * E[1 / N | N >= 1], N the Poisson number of answers; the mean over outputs."""
    task, graph = model.world.task, model.graph
    queries, keys = indices(graph, task.queries), indices(graph, task.keys)
    weights, value = attention(task.query[queries], task.key[keys]), task.value[keys]
    spread = weights @ value**2 - (weights @ value) ** 2  # (queries, width)
    return float(np.mean(spread.T * [mean_inverse(mean) for mean in answers(model, rate)]))


def answers(model: VesicleModel, rate: float) -> np.ndarray:
    """(queries,) the expected answers to each query in a step: rate * (mean docking probability over the keys)."""
    task, graph = model.world.task, model.graph
    queries, keys = indices(graph, task.queries), indices(graph, task.keys)
    rule = model.world.kinds["query"].docking
    score = task.query[queries] @ task.key[keys].T / np.sqrt(task.key.shape[1])
    return rate * np.exp(rule.gain * score - rule.ceiling).mean(axis=1)


def mean_inverse(mean: float) -> float:
    """E[1 / N | N >= 1] of a Poisson N."""
    most = int(mean + 12.0 * math.sqrt(mean) + 30)
    weight = [math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(1, most)]
    return sum(w / n for n, w in enumerate(weight, 1)) / sum(weight)


@dataclass(frozen=True)
class Limit:
    """One scenario: its title, how to set its rate, the variance that it should have, and by how much correlation
    from step to step widens the variance of a mean over steps.
    """

    title: str
    at: Callable[[float], dict[str, float]]
    variance: Callable[[VesicleModel, float], float]
    widened: float = 1.0


LIMITS = {
    "film_limit": Limit("FiLM", film_at, film_variance),
    "hypernetwork_limit": Limit("Hypernetwork", hypernetwork_at, hypernetwork_variance, REMEMBERED),
    "attention_limit": Limit("Attention", attention_at, attention_variance),
}


@dataclass(frozen=True)
class Found:
    """A limit over all rates, a row each: ``bias`` and ``variance`` as measured, ``expected`` variance, (R,); whether
    the rate is ``dense`` enough for the fit, (R,); ``direct`` (W,), ``mean`` and ``deviation`` (R, W) of all outputs.
    ``curve``: the expected variance over ``CURVE``; ``samples``: how many independent steps a mean is worth.
    """

    bias: np.ndarray
    variance: np.ndarray
    expected: np.ndarray
    dense: np.ndarray
    curve: np.ndarray
    samples: float
    direct: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    @property
    def slope(self) -> tuple[float, float]:
        """Of log variance over log rate, by least squares, and its standard error."""
        return fitted(np.log(np.array(RATES)[self.dense]), np.log(self.variance[self.dense]))


def fitted(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The slope of y over x by ordinary least squares, and its standard error."""
    off = x - x.mean()
    slope = float(off @ y / (off @ off))
    residual = y - y.mean() - slope * off
    return slope, float(np.sqrt(residual @ residual / (len(x) - 2) / (off @ off)))


def measured(name: str, steps: int, seed: int) -> Found:
    """A limit at every rate."""
    rows: dict[str, list] = {key: [] for key in ("bias", "variance", "expected", "dense", "mean", "deviation")}
    for number, rate in enumerate(RATES):
        scenario = Scenario.load(name)
        for key, value in LIMITS[name].at(rate).items():
            scenario = scenario.override(key, value)
        model = scenario.build(seed=seed + number)
        model.recorder.every = 0
        model.run_for(steps)
        kept, found = model.state.task, model.metrics
        off = kept["error"] / found["samples"]
        variance = kept["squared"] / found["samples"] - off * off
        rows["bias"].append(found["bias"])
        rows["variance"].append(found["variance"])
        rows["expected"].append(LIMITS[name].variance(model, rate))
        rows["dense"].append(name != "attention_limit" or answers(model, rate).min() >= ENOUGH)
        rows["mean"].append((kept["direct"] + off).ravel())
        rows["deviation"].append(np.sqrt(np.maximum(variance, 0.0)).ravel())
    arrays = {key: np.array(values) for key, values in rows.items()}
    curve = np.array([LIMITS[name].variance(model, rate) for rate in CURVE])
    worth = found["samples"] / LIMITS[name].widened
    return Found(**arrays, curve=curve, samples=worth, direct=kept["direct"].ravel())


def told(found: dict[str, Found]) -> str:
    """A table of each limit: bias and variance at every rate, and the slope."""
    lines = []
    for name, each in found.items():
        lines.append(f"{name:20}{'rate':>8}{'bias':>12}{'variance':>12}{'expected':>12}{'ratio':>8}")
        for rate, bias, variance, expected in zip(RATES, each.bias, each.variance, each.expected, strict=True):
            lines.append(f"{rate:28}{bias:12.2e}{variance:12.2e}{expected:12.2e}{variance / expected:8.3f}")
        slope, error = each.slope
        lines.append(f"slope of log variance {slope:.3f} ± {error:.3f}, over {each.dense.sum()} rates")
    return "\n".join(lines) + "\n"


def draw(found: dict[str, Found]) -> Figure:
    """A column a limit: results beside the direct computation above, bias and variance over the rate below."""
    figure = Figure(figsize=(12.6, 7.6), layout="constrained")
    panels = figure.subplots(2, len(found))
    for (name, each), (above, below) in zip(found.items(), panels.T, strict=True):
        draw_results(above, LIMITS[name].title, each)
        draw_errors(below, each)
    panels[0, 0].set_ylabel("output, by vesicles")
    panels[1, 0].set_ylabel("squared error of the output of one step")
    panels[0, 0].legend(frameon=False, fontsize=8, loc="upper left")
    figure.legend(*panels[1, 0].get_legend_handles_labels(), frameon=False, ncols=6, loc="outside lower center")
    return figure


def draw_results(panel, title: str, each: Found) -> None:
    """Each output by vesicles, its mean over the steps and one standard deviation, over what is computed directly."""
    panel.axline((0.0, 0.0), slope=1.0, color="0.6", linewidth=0.9, linestyle=":")
    for rate, shade, size in zip(SHOWN, (colour(1), colour(0)), (5, 3.5), strict=True):
        row = RATES.index(rate)
        panel.errorbar(
            each.direct, each.mean[row], yerr=each.deviation[row], fmt="o", color=shade, markersize=size,
            elinewidth=1.2, capsize=2.5, alpha=0.9, label=f"rate {rate:,}: mean and deviation of one step",
        )  # fmt: skip
    plain_axes(panel, title, xlabel="output, computed directly")


def draw_errors(panel, each: Found) -> None:
    """Variance and squared bias over the rate: measured, in closed form, and the fitted slope."""
    rates, (slope, error) = np.array(RATES), each.slope
    dense, found = rates[each.dense], each.variance[each.dense]
    line = np.exp(np.mean(np.log(found))) * (dense / np.exp(np.mean(np.log(dense)))) ** np.array([[slope], [-1.0]])
    panel.plot(CURVE, each.curve, color=colour(0), linewidth=6, alpha=0.25, label="variance, closed form")
    panel.plot(rates, each.variance, "o", color=colour(0), markersize=5.5, label="variance, measured")
    panel.plot(dense, line[0], color=INK, linewidth=1.0, label="fitted slope")
    panel.plot(dense, 4.0 * line[1], "--", color=colour(1), linewidth=1.2, label="slope −1, for comparison")
    panel.plot(
        CURVE, each.curve / each.samples, color=colour(2), linewidth=6, alpha=0.2, label="bias², by chance alone"
    )
    panel.plot(
        rates, each.bias**2, "o", color=colour(2), markersize=5.5, markerfacecolor="none", label="bias², measured"
    )
    panel.set(xscale="log", yscale="log")
    title = rf"variance $\propto$ rate$^{{{slope:.3f} \pm {error:.3f}}}$"
    plain_axes(panel, title, xlabel="vesicles born per step, at each node that emits")


def main(arguments: list[str] | None = None) -> None:
    """Run all, tell, draw."""
    parser = argparse.ArgumentParser(description="Dense, short-lived vesicles against tensor computations.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture goes")
    parser.add_argument("--steps", type=int, default=400, metavar="N", help="of each run")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first rate; each further one adds 1")
    options = parser.parse_args(arguments)
    settled = max(Scenario.load(name).data["task"].get("settled", 0) for name in LIMITS)
    if options.steps < settled + 3:
        parser.error(f"results count from step {settled} on: at least {settled + 3} steps are needed")
    found = {name: measured(name, options.steps, options.seed) for name in LIMITS}
    sys.stdout.write(told(found))
    options.out.mkdir(parents=True, exist_ok=True)
    save(draw(found), options.out / "tensor_limits.png")


if __name__ == "__main__":
    main()
