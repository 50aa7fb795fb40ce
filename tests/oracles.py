"""Closed forms and second implementations, in plain numpy and Python, sharing no formula with the package.

A statistical test states its seed; ``Z`` is its bound on a z-score, whose standard error each function states.
"""

from collections import defaultdict

import numpy as np
from scipy import stats

import vesicle_abm as va

Z = 4.5  # a right program exceeds it once in 150,000 comparisons; with a fixed seed, never or always
SMALLEST_P = 1e-4  # of a chi-square test


def copies(graph: va.NeuralGraph, count: int) -> va.NeuralGraph:
    """``count`` separate copies of a graph in one: as many independent replicates; node l of copy r is r * N + l."""
    shift = np.repeat(np.arange(count) * graph.size, graph.edge_count)
    return va.NeuralGraph(
        range(count * graph.size),
        np.tile(graph.source, count) + shift,
        np.tile(graph.target, count) + shift,
        weight=np.tile(graph.weight, count),
        delay=np.tile(graph.delay, count),
        layer=np.tile(np.array(graph.layer_names, dtype=object)[graph.layer], count) if graph.edge_count else None,
        multigraph=True,
        keys=range(count * graph.edge_count),
    )


def model_of(graph, *, seed: int, neurons=None, view="compiled", threads=1, **rules) -> va.VesicleModel:
    """A model of one kind ``v`` of the given rules."""
    kind = va.Kind(**rules)
    return va.VesicleModel(graph, {"v": kind}, neurons=neurons, seed=seed, view=view, threads=threads, record_every=0)


def isolated(count: int) -> va.NeuralGraph:
    """Nodes without edges."""
    return va.NeuralGraph(range(count), [], [])


def transport(graph: va.NeuralGraph, stay=0.0, backward: bool = False) -> np.ndarray:
    """(N, N) the migration matrix of INTERFACE: w_e / (stay + sum w) along each edge; rows sum to 1."""
    matrix = np.zeros((graph.size, graph.size))
    for source, target, weight in zip(graph.source, graph.target, graph.weight, strict=True):
        start, end = (target, source) if backward else (source, target)
        matrix[start, end] += weight
    matrix += np.diag(np.broadcast_to(stay, graph.size))
    total = matrix.sum(1)
    matrix[total == 0.0, total == 0.0] = 1.0
    return matrix / matrix.sum(1)[:, None]


def mean_z(samples, mean, variance):
    """z of the mean of ``samples`` (R, …), standard error sqrt(variance / R); 0 where variance and deviation are 0."""
    samples = np.asarray(samples, dtype=float)
    error = np.sqrt(np.asarray(variance) / len(samples))
    off = samples.mean(0) - mean
    return np.where((error == 0.0) & (np.abs(off) < 1e-12), 0.0, off / np.where(error == 0.0, 1e-300, error))


def poisson_variance_z(samples, mean):
    """z of the sample variance against Poisson: standard error sqrt((m + 2 m^2) / R)."""
    return (np.var(samples, axis=0, ddof=1) - mean) / np.sqrt((mean + 2.0 * mean**2) / len(samples))


def covariance_z(a, b):
    """z of the covariance of two independent samples: standard error sqrt(var a * var b / R)."""
    return np.mean((a - a.mean()) * (b - b.mean())) / np.sqrt(a.var() * b.var() / len(a))


def share_z(successes, trials, p):
    """z of a binomial count: standard error sqrt(n p (1 - p)); exact where p is 0 or 1."""
    error = np.sqrt(trials * p * (1.0 - p))
    off = np.asarray(successes, dtype=float) - trials * p
    return np.where(error < 1e-9, np.where(np.abs(off) < 1e-6, 0.0, np.inf), off / np.maximum(error, 1e-9))


def poisson_p(counts, mean: float) -> float:
    """p of the chi-square test of counts against Poisson(mean); classes of less than 10 expected are joined."""
    return multinomial_p(np.bincount(counts), stats.poisson.pmf(np.arange(counts.max() + 1), mean), len(counts))


def multinomial_p(found, probability, trials: int, least: float = 10.0) -> float:
    """p of the chi-square test of class counts; rare classes, and what the given ones leave over, are joined."""
    found, expected = np.asarray(found, float), trials * np.asarray(probability, float)
    common = expected >= least
    found = np.append(found[common], trials - found[common].sum())
    expected = np.append(expected[common], trials - expected[common].sum())
    if expected[-1] < least:
        assert found[-1] < 10 * least
        found, expected = found[:-1], expected[:-1] * found[:-1].sum() / expected[:-1].sum()
    return float(stats.chisquare(found, expected).pvalue) if len(found) > 1 else 1.0


def expected_occupancy(model: va.VesicleModel, steps: int, docking) -> np.ndarray:
    """(steps + 1, N) the mean occupancy by kind ``v`` from the present state on, for weighted or softmax migration.

    A second implementation: mass by (node, way under way, steps under way, steps to live), one entry at a time.
    ``docking`` (N,): the docking probability at each node.
    """
    graph, kind, columns = model.graph, model.world.kinds["v"], model.state.vesicles["v"]
    mass: dict = defaultdict(float)
    for row in range(columns.size):
        away = "edge" in columns and columns["edge"][row] >= 0
        way = (int(columns["edge"][row]), int(columns["remaining"][row])) if away else None
        mass[int(columns["node"][row]), way, int(columns["ttl"][row])] += 1.0
    result = [here(mass, graph.size)]
    hazard = np.broadcast_to(kind.decay.hazard_, graph.size)
    gone = docking * kind.absorb
    ways = ways_of(model)
    for t in range(steps):
        for node, rate in enumerate(rates(kind.emission, model.time + t, graph.size)):
            for ttl, share in newborn_shares(kind.lifetime, steps + 1):
                mass[node, None, ttl] += rate * share
        after: dict = defaultdict(float)
        for (node, way, ttl), amount in mass.items():
            for place, on, share in moved(graph, kind, ways, node, way):
                lives = (1.0 - hazard[place]) * (1.0 if on else 1.0 - gone[place])
                if ttl > 1 and amount * share * lives:
                    after[place, on, ttl - 1] += amount * share * lives
        mass = after
        result.append(here(mass, graph.size))
    return np.array(result)


def here(mass, size: int) -> np.ndarray:
    """(N,) the mass at nodes."""
    total = np.zeros(size)
    for (node, way, _), amount in mass.items():
        total[node] += amount if way is None else 0.0
    return total


def rates(emission, step: int, size: int) -> np.ndarray:
    """(N,) births of a constant or pulsed emission."""
    if isinstance(emission, va.ConstantEmission):
        return np.broadcast_to(emission.rate_, size)
    since = step - emission.at
    on = since >= 0 and (since % emission.every if emission.every else since) < emission.duration
    return np.full(size, emission.count if on else 0.0)


def newborn_shares(lifetime, horizon: int):
    """(ttl, probability) up to a horizon, the last for all that outlive it."""
    if lifetime is None:
        return [(horizon + 1, 1.0)]
    if isinstance(lifetime, va.FixedLifetime):
        return [(min(lifetime.steps, horizon + 1), 1.0)]
    q = 1.0 - 1.0 / lifetime.mean if isinstance(lifetime, va.GeometricLifetime) else np.exp(-1.0 / lifetime.mean)
    return [(age, q ** (age - 1) * (1.0 - q)) for age in range(1, horizon + 1)] + [(horizon + 1, q**horizon)]


def ways_of(model) -> dict[int, list]:
    """node -> (edge, its end, probability) for each way, and (None, node, probability of staying)."""
    graph, rule = model.graph, model.world.kinds["v"].migration
    weighted = isinstance(rule, va.WeightedMigration)
    ways: dict[int, list] = {}
    for node in range(graph.size):
        options = [] if weighted and not rule.stay_ else [(None, node, rule.stay_ if weighted else rule.stay_logit)]
        options = [option for option in options if option[2] is not None]
        for e in range(graph.edge_count):
            start, end = (graph.source[e], graph.target[e])[:: 1 if rule.direction == "forward" else -1]
            if start != node or graph.weight[e] == 0.0 or (rule.layers and layer_of(graph, e) not in rule.layers):
                continue
            score = graph.weight[e] if weighted else np.log(graph.weight[e]) + attraction(rule, end)
            options.append((e, int(end), score))
        if not weighted and options:
            scores = np.array([score for *_, score in options])
            weights = np.exp((scores - scores.max()) / getattr(rule, "temperature", 1.0))
        else:
            weights = np.array([score for *_, score in options])
        ways[node] = [(e, end, w / weights.sum()) for (e, end, _), w in zip(options, weights, strict=True)]
        ways[node] = ways[node] or [(None, node, 1.0)]
    return ways


def attraction(rule, node: int) -> float:
    """What a softmax or a policy adds to the log-weight of a way to a node."""
    if isinstance(rule, va.PolicyMigration):
        return float(np.sum(rule.weights_ * rule.features[node]))
    return rule.drift * rule.feature[node]


def layer_of(graph, edge: int) -> str:
    """The name of an edge's layer."""
    return graph.layer_names[graph.layer[edge]]


def moved(graph, kind, ways, node: int, way):
    """(node, way under way, share) after one migration."""
    if way is not None:
        edge, remaining = way
        end = (graph.target if kind.migration.direction == "forward" else graph.source)[edge]
        return [(node, (edge, remaining - 1), 1.0)] if remaining > 1 else [(int(end), None, 1.0)]
    found = []
    for edge, end, share in ways[node]:
        delay = int(graph.delay[edge]) if edge is not None and kind.migration.travel else 0
        found.append((node, (edge, delay), share) if delay else (end, None, share))
    return found
