"""vesicle_abm: neuromodulation as a population of moving vesicles.

Public names are looked up when first used, so that importing the package, or listing scenarios, loads nothing heavy.
"""

from importlib import import_module
from typing import Any

from vesicle_abm.version import VERSION

_HOMES = {
    "vesicle_abm.books": ("Accounting", "accounting", "energy"),
    "vesicle_abm.agents": ("GoneError", "Vesicle"),
    "vesicle_abm.core.errors": ("InputError",),
    "vesicle_abm.core.graph": ("NeuralGraph",),
    "vesicle_abm.core.identity": ("unpack",),
    "vesicle_abm.core.parameters": ("option", "parameter"),
    "vesicle_abm.core.random": ("bernoulli", "categorical", "exponential", "normal", "poisson", "uniform"),
    "vesicle_abm.core.small_world": ("small_world",),
    "vesicle_abm.core.stages": ("STAGES",),
    "vesicle_abm.core.cortex": ("cortex",),
    "vesicle_abm.core.state": ("State",),
    "vesicle_abm.exchange.exporting": ("LossWarning", "nir_losses", "to_nir"),
    "vesicle_abm.exchange.importing": ("from_nir",),
    "vesicle_abm.exchange.network": ("Network",),
    "vesicle_abm.exchange.spiketrains": ("to_neo",),
    "vesicle_abm.experiments.ablation": ("ablate",),
    "vesicle_abm.experiments.batch": ("batch",),
    "vesicle_abm.experiments.field_error": ("field_error",),
    "vesicle_abm.experiments.optimisation": ("optimise",),
    "vesicle_abm.experiments.ranges": ("Range",),
    "vesicle_abm.experiments.report": ("report",),
    "vesicle_abm.experiments.sensitivity": ("sensitivity",),
    "vesicle_abm.experiments.study": ("Study",),
    "vesicle_abm.experiments.trial": ("Trial", "seed_of"),
    "vesicle_abm.learning.lives": ("lived", "living", "task_seeds"),
    "vesicle_abm.learning.nested": ("Nested", "meta_learn"),
    "vesicle_abm.inputs": ("SynapsesOf",),
    "vesicle_abm.experiments.reproduction": ("reproduce",),
    "vesicle_abm.learning.baselines": ("Baseline", "MeanBaseline", "NoBaseline", "ValueBaseline"),
    "vesicle_abm.learning.course": ("Course",),
    "vesicle_abm.learning.credit": ("credit_model", "error_vesicles", "layered_graph"),
    "vesicle_abm.learning.descent": ("DivergedError",),
    "vesicle_abm.learning.environment": ("VesicleEnv",),
    "vesicle_abm.learning.policy": ("GaussianPolicy",),
    "vesicle_abm.learning.reinforce": ("PolicyGradient",),
    "vesicle_abm.learning.trainable": ("Trainable",),
    "vesicle_abm.learning.training": ("Training", "train"),
    "vesicle_abm.model": ("VesicleModel",),
    "vesicle_abm.neuronagents": ("HMNNeuron",),
    "vesicle_abm.neurons.activation": ("HMNNeurons",),
    "vesicle_abm.neurons.neuron": ("NeuronModel",),
    "vesicle_abm.neurons.spiking": ("IzhikevichNeurons", "LIFNeurons"),
    "vesicle_abm.neurons.astrocyte": ("Astrocyte", "Astrocytes"),
    "vesicle_abm.neurons.attention": ("Attention", "LocalAttention"),
    "vesicle_abm.neurons.bounds": ("Bounds", "WeightBounds"),
    "vesicle_abm.neurons.correlation": (
        "Correlation",
        "DeltaCorrelation",
        "HebbianCorrelation",
        "IzhikevichSTDP",
        "STDPCorrelation",
    ),
    "vesicle_abm.neurons.embedding": ("AverageEmbedding", "Embedding", "GivenEmbedding", "LearnedEmbedding"),
    "vesicle_abm.neurons.gates": ("Chance", "Gate", "PhaseGate", "ProbabilisticGate"),
    "vesicle_abm.neurons.homeostasis": ("HomeostaticBias", "Homeostasis"),
    "vesicle_abm.neurons.learning_rates": ("REINFORCE", "SPSA", "FiniteDifferences", "MetaLearning", "minimise"),
    "vesicle_abm.neurons.modulation": ("Modulation", "ThirdFactor"),
    "vesicle_abm.neurons.plasticity": ("Plasticity",),
    "vesicle_abm.neurons.traces": ("CompositeTrace", "ExponentialTrace", "PeriodicTrace", "Trace"),
    "vesicle_abm.data.plausibility": ("plausibility_of",),
    "vesicle_abm.experiments.series": ("write_series",),
    "vesicle_abm.experiments.tables": ("edge_table", "node_table"),
    "vesicle_abm.cli": ("parse_setting",),
    "vesicle_abm.places": ("questions", "shipped_scenarios"),
    "vesicle_abm.neuromorphic.emulation": ("Emulation", "emulate"),
    "vesicle_abm.neuromorphic.mesh": ("Mesh",),
    "vesicle_abm.positions": ("own_positions", "positions", "positions_by_connections"),
    "vesicle_abm.recorder": ("Recorder",),
    "vesicle_abm.scenario": ("Scenario",),
    "vesicle_abm.tasks.association": ("Association",),
    "vesicle_abm.tasks.classification": ("Classification",),
    "vesicle_abm.tasks.conditioning": ("Conditioning",),
    "vesicle_abm.tasks.context_switch": ("ContextSwitch",),
    "vesicle_abm.tasks.contextual_bandit": ("ContextualBandit",),
    "vesicle_abm.tasks.delivery": ("Delivery",),
    "vesicle_abm.tasks.distal_reward": ("DistalReward",),
    "vesicle_abm.tasks.limits": ("AttentionLimit", "FiLMLimit", "HypernetworkLimit", "Limit"),
    "vesicle_abm.tasks.path_choice": ("PathChoice",),
    "vesicle_abm.tasks.path_memory": ("PathMemory",),
    "vesicle_abm.tasks.task": ("Scene", "Task"),
    "vesicle_abm.tasks.volatile_world": ("VolatileWorld",),
    "vesicle_abm.vesicles.content": ("ActivityContent", "Content", "GaussianContent", "SignalContent"),
    "vesicle_abm.vesicles.decay": (
        "UNLIMITED",
        "Decay",
        "ExponentialLifetime",
        "FixedLifetime",
        "GeometricLifetime",
        "HazardDecay",
        "Lifetime",
    ),
    "vesicle_abm.vesicles.docking": (
        "ActivityDocking",
        "AffinityDocking",
        "ConstantDocking",
        "Docking",
        "ExponentialDocking",
    ),
    "vesicle_abm.vesicles.emission": (
        "ActivityEmission",
        "CascadeEmission",
        "ConstantEmission",
        "Emission",
        "PulseEmission",
        "SignalEmission",
        "ThresholdEmission",
    ),
    "vesicle_abm.vesicles.kind": ("FAMILIES", "Kind"),
    "vesicle_abm.vesicles.lifecycle": ("Lifecycle",),
    "vesicle_abm.vesicles.migration": (
        "Migration",
        "SoftmaxMigration",
        "SynapticMigration",
        "TrailMigration",
        "WeightedMigration",
    ),
    "vesicle_abm.vesicles.policy": ("PolicyEmission", "PolicyMigration"),
    "vesicle_abm.vesicles.steering": ("SignalMigration",),
    "vesicle_abm.vesicles.release": ("GainRelease", "ModulatorRelease", "Release"),
    "vesicle_abm.neurons.estimators": (
        "Associability",
        "Estimator",
        "Glance",
        "Novelty",
        "RewardPredictionError",
        "Uncertainty",
    ),
    "vesicle_abm.vesicles.own_migration": ("HomingMigration", "OwnMigration", "SelfAvoidingMigration"),
    "vesicle_abm.vesicles.change": ("ChangeRelease",),
    "vesicle_abm.vesicles.film": ("BiasRelease", "FiLMRelease"),
    "vesicle_abm.vesicles.parameter_release": ("AdditiveRelease", "LowRankRelease", "ScaleRelease", "WeightRelease"),
    "vesicle_abm.vesicles.learning_release": (
        "GateRelease",
        "LearningRelease",
        "PhaseRelease",
        "RateRelease",
        "TraceRelease",
    ),
    "vesicle_abm.vesicles.memory": ("Memory",),
    "vesicle_abm.vesicles.memory_rules": ("MemoryDocking", "MemoryRelease", "ReadRelease"),
    "vesicle_abm.vesicles.turn": ("ConstantTurn", "RecallTurn", "Turn"),
    "vesicle_abm.vesicles.passage": ("Passage", "SynapticPassage"),
    "vesicle_abm.vesicles.trail": ("ConstantTrail", "Trail"),
    "vesicle_abm.views.check": ("check_rule",),
    "vesicle_abm.views.density": ("densities", "density"),
    "vesicle_abm.views.field.field": ("Field", "FieldState"),
    "vesicle_abm.views.replay": ("replay",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = VERSION


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'vesicle_abm' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_HOME_OF, "__version__"])
