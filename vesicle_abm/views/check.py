"""check_rule: does a user's rule keep its family's contract? One row and many must agree to the bit, and so on."""

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import pack
from vesicle_abm.core.parameters import Rule
from vesicle_abm.neurons.estimators import Estimator, Glance
from vesicle_abm.neurons.plasticity import PARTS
from vesicle_abm.vesicles.content import Content
from vesicle_abm.vesicles.decay import UNLIMITED, Decay, Lifetime
from vesicle_abm.vesicles.docking import Docking
from vesicle_abm.vesicles.emission import EXACT, POISSON, Emission
from vesicle_abm.vesicles.kind import FAMILIES
from vesicle_abm.vesicles.migration import Migration
from vesicle_abm.vesicles.own_migration import OwnMigration
from vesicle_abm.vesicles.passage import Passage
from vesicle_abm.vesicles.release import TARGETS, Release
from vesicle_abm.vesicles.sight import Nodes, Signals, Vesicles
from vesicle_abm.vesicles.trail import Trail
from vesicle_abm.vesicles.turn import Turn
from vesicle_abm.views.check_learning import learning_problems, part_of
from vesicle_abm.views.estimating import told_by
from vesicle_abm.views.trial import TRIAL, WIDTH, trial_graph, trial_world
from vesicle_abm.views.world import World

VESICLES = 40
NODE_METHODS: dict[type[Rule], tuple[tuple[str, float, float], ...]] = {
    Emission: (("rate", 0.0, np.inf),),
    Content: (("mean", -np.inf, np.inf), ("deviation", 0.0, np.inf)),
}
VESICLE_METHODS: dict[type[Rule], tuple[str, float, float]] = {
    Docking: ("probability", 0.0, 1.0),
    Release: ("effect", -np.inf, np.inf),
    Decay: ("hazard", 0.0, 1.0),
    Turn: ("probability", 0.0, 1.0),
    Trail: ("deposit", 0.0, np.inf),
}


def check_rule(rule: Rule, graph: NeuralGraph | None = None, signals: dict | None = None) -> None:
    """Try a rule on a small random world and refuse it, with every reason, if it breaks its contract.

    Checked: shapes, bounds and finite values; that the same question has the same answer; that one row alone has, to
    the bit, the answer that it has among many; that a whole step runs and gives the same bits in both views.

    Parameters
    ----------
    rule : an instance of a subclass of Emission, Migration, Docking, Release, Decay, Lifetime, Content, Turn, Trail
        or Passage, of Estimator, or of a part of a learning rule: Correlation, Trace, Embedding, Attention,
        ThirdFactor, Gate, Chance, Bounds …
    graph : where to try it; by default 12 nodes with a sink, a self-loop and an isolated node
    signals : the signals that an emission reads

    Raises
    ------
    InputError
        listing all that is wrong.

    >>> from vesicle_abm.vesicles.docking import ConstantDocking
    >>> check_rule(ConstantDocking(probability=0.5))
    """
    part = part_of(rule)
    if part is not None:
        problems = learning_problems(rule, part, graph or trial_graph(), signals or {})
        if problems:
            raise InputError("; ".join(problems), type(rule).__name__)
        return
    families: list[type[Rule]] = [*FAMILIES.values(), Estimator]
    family = next((f for f in families if isinstance(rule, f)), None)
    if family is None:
        known = ", ".join(f.__name__ for f in (*families, *PARTS.values()))
        raise InputError(f"got {rule!r}; a rule of {known} is allowed", "rule")
    world = trial_world(rule.bind(graph or trial_graph()), family, graph or trial_graph(), signals or {})
    problems = [*_answer_problems(rule.bind(world.graph), family, world), *_step_problems(rule, family, world)]
    if problems:
        raise InputError("; ".join(problems), type(rule).__name__)


def _answer_problems(rule: Rule, family: type[Rule], world: World) -> list[str]:
    if family is Estimator:
        return _estimator_problems(rule, world)
    if family is Lifetime:
        return _lifetime_problems(rule)
    if family is Migration:
        return _migration_problems(rule, world)
    if family is Passage:
        return _table_problems(rule, "factor", world.graph.edge_count, -np.inf, world)
    if family in NODE_METHODS:
        law = getattr(rule, "law", None)
        problems = [] if family is not Emission or law in (POISSON, EXACT) else [f"law is {law!r}"]
        shape = (world.graph.size, WIDTH) if family is Content else (world.graph.size,)
        for name, low, high in NODE_METHODS[family]:
            problems += _rows_problems(_node_question(rule, name, world), name, shape, low, high)
        return problems
    name, low, high = VESICLE_METHODS[family]
    problems = [] if family is not Release or getattr(rule, "target", None) in TARGETS else ["target is not declared"]
    width = rule.width(WIDTH) if isinstance(rule, Release) else 0
    shape = (VESICLES, width) if width else (VESICLES,)
    problems += _rows_problems(_vesicle_question(rule, name, world), name, shape, low, high)
    if isinstance(rule, Turn):
        shape = (VESICLES, rule.width(WIDTH) or WIDTH)
        problems += _rows_problems(_vesicle_question(rule, "content", world), "content", shape, -np.inf, np.inf)
    return problems


def _estimator_problems(rule, world: World) -> list[str]:
    """What an estimator answers, twice."""
    glance = Glance(world.graph, world.state.activation, {"reward": 1.0, **world.signals})
    answers = []
    for _ in range(2):
        try:
            told = told_by(rule, rule.first(world.graph), glance)
        except InputError as error:
            return [str(error)]
        except Exception as error:  # a user's formula may raise anything
            return [f"first raised {type(error).__name__}: {error}"]
        answers.append((np.asarray(told.signal).tobytes(), {name: v.tobytes() for name, v in told.kept.items()}))
    return [] if answers[0] == answers[1] else ["estimate answered the same question differently the second time"]


def _node_question(rule: Rule, name: str, world: World):
    def ask(rows):
        nodes = Nodes(world.graph, world.state, rows, kind=TRIAL, signals=world.signals)
        return getattr(rule.seen_from(rows), name)(nodes, Signals(world.state, world.signals, set()), functions)

    return ask


def _vesicle_question(rule: Rule, name: str, world: World):
    content = np.sin(1.0 + np.arange(VESICLES * WIDTH)).reshape(VESICLES, WIDTH)
    node = np.arange(VESICLES) % world.graph.size
    ttl = 1 + np.arange(VESICLES)
    home = (node + 1) % world.graph.size
    ids, remembered = pack(0, home, 0, np.arange(VESICLES)), np.stack([home, node], axis=1)

    def ask(rows):
        vesicles = Vesicles(content[rows].copy(), node[rows], ttl[rows], ids[rows], remembered=remembered[rows])
        shown = vesicles if getattr(rule, "reads_vesicles", True) else None
        nodes = Nodes(world.graph, world.state, node[rows], kind=TRIAL, signals=world.signals)
        return getattr(rule.seen_from(node[rows]), name)(shown, nodes, functions)

    return ask


def _rows_problems(ask, name: str, shape: tuple[int, ...], low: float, high: float) -> list[str]:
    rows = np.arange(shape[0])
    try:
        whole = _answer(ask, rows, shape)
        again = _answer(ask, rows, shape)
        alone = np.concatenate([_answer(ask, rows[i : i + 1], (1, *shape[1:])) for i in rows])
    except Exception as error:  # a user's formula may raise anything
        return [f"{name} raised {type(error).__name__}: {error}"]
    problems = _value_problems(whole, name, low, high)
    if again.tobytes() != whole.tobytes():
        problems.append(f"{name} answered the same question differently the second time")
    elif alone.tobytes() != whole.tobytes():
        problems.append(
            f"{name} gives one row alone another answer than among many; use the functions of xp, row by row"
        )
    return problems


def _answer(ask, rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    answer = np.asarray(ask(rows), dtype=np.float64)
    try:
        return np.broadcast_to(answer, shape) + 0.0  # -0.0 is 0.0
    except ValueError:
        raise InputError(f"an answer of shape {answer.shape}; shape {shape} is needed") from None


def _value_problems(values: np.ndarray, name: str, low: float, high: float) -> list[str]:
    wrong = values[~(np.isfinite(values) & (values >= low) & (values <= high))]
    return [f"{name} gave {wrong.flat[0]:g}; finite numbers from {low:g} to {high:g} are allowed"] if wrong.size else []


def _migration_problems(rule, world: World) -> list[str]:
    problems = _table_problems(rule, "weights", world.graph.edge_count, 0.0, world)
    problems += _table_problems(rule, "stay", world.graph.size, 0.0, world)
    if isinstance(rule, OwnMigration):
        question = _vesicle_question(rule, "preference", world)
        problems += _rows_problems(question, "preference", (VESICLES,), 0.0, np.inf)
    return problems


def _table_problems(rule, name: str, size: int, low: float, world: World) -> list[str]:
    """What is wrong with an answer (size,) about the whole graph."""
    nodes = Nodes(world.graph, world.state, kind=TRIAL, signals=world.signals)
    ask = lambda: getattr(rule, name)(world.graph, nodes, functions)  # noqa: E731
    try:
        answer = np.broadcast_to(np.asarray(ask(), dtype=np.float64), size)
    except Exception as error:  # a user's formula may raise anything
        return [f"{name} raised {type(error).__name__}: {error}"]
    problems = _value_problems(answer, name, low, np.inf)
    if not np.array_equal(answer, np.broadcast_to(ask(), size)):
        problems.append(f"{name} answered the same question differently the second time")
    return problems


def _lifetime_problems(rule) -> list[str]:
    u = (np.arange(2000) + 0.5) / 2000
    problems = _rows_problems(lambda rows: rule.quantile(u[rows], functions), "quantile", u.shape, 1.0, UNLIMITED)
    if problems:
        return problems
    steps = np.broadcast_to(rule.quantile(u, functions), u.shape)
    if (steps != np.floor(steps)).any():
        return ["quantile gave something else than whole steps >= 1"]
    ages = np.unique(np.quantile(steps, [0.0, 0.1, 0.25, 0.5, 0.75, 0.9]).astype(int))
    try:
        stated = np.broadcast_to(rule.survival(ages, functions), ages.shape)
    except Exception as error:  # a user's formula may raise anything
        return [f"survival raised {type(error).__name__}: {error}"]
    found = np.array([(steps > age).mean() for age in ages])
    wrong = ~(np.abs(stated - found) <= 2.0 / len(u))
    if wrong.any():
        age = ages[wrong][0]
        return [f"survival({age}) says {stated[wrong][0]:g}, quantile gives {found[wrong][0]:g}"]
    return []


def _step_problems(rule: Rule, family: type[Rule], world: World) -> list[str]:
    from vesicle_abm.views.step import COMPILED, PARTICLES, step

    digests = []
    for view in (COMPILED, PARTICLES):
        trial = trial_world(rule, family, world.graph, world.signals)
        try:
            for _ in range(3):
                step(trial, view)
        except Exception as error:  # a user's formula may raise anything
            return [f"a step in the {view} view raised {type(error).__name__}: {error}"]
        digests.append(trial.state.digest())
    return [] if digests[0] == digests[1] else ["the two views differ after three steps"]
