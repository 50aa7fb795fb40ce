"""The stages of one step, in order, and the numbers of all random streams: one place for both.

A stream is the ``stage`` of ``uniform(seed, id, step, stage, draw)``. Four consecutive numbers share one Philox block
(see ``core.random``), so streams that a vesicle needs in the same step stand in one group of four.
"""

from typing import Final

STAGES: Final = (
    "sense",
    "activate",
    "emit",
    "migrate",
    "dock",
    "release",
    "decay",
    "learn",
    "remember",
    "record",
)

# Group 0: a living vesicle in a step; the id is the vesicle's.
MIGRATE: Final = 0
DOCK: Final = 1
ABSORB: Final = 2
CLEAR: Final = 3
# Group 1: a vesicle at its birth, and choices made rarely; the id is the vesicle's.
CONTENT: Final = 4
LIFETIME: Final = 5
CAPACITY: Final = 6
USER: Final = 7  # Vesicle.uniform: free for users' own verbs
# Group 2: neurons; the id is the neuron's index (noise) or birthplace (emission).
EMIT: Final = 8
NOISE: Final = 9
CAP: Final = 10  # which births a full population does without; the id is the kind's number
JITTER: Final = 11  # the even input noise of neurons; the id is the neuron's index
# Group 3: plasticity; the id is the synapse's index (update) or the index of a group of learning rates (meta).
UPDATE: Final = 12
META: Final = 13
# Group 4: what a network is judged on; the id is the task's own choice.
TASK: Final = 16
# Group 5: a vesicle that becomes one of another kind; the id is the vesicle's.
TURN: Final = 20
RENEWED: Final = 21  # the lifetime of its new life
# Group 6: a graph that is drawn; the id is the index of the node where an edge begins, the step its number there;
# of a projection that a scenario draws, the number of the edge in it, and a checksum of its name.
ENDS: Final = 24
WEIGHT: Final = 25
# Group 7: who acts on a model from outside; the id is the number of what is drawn.
ACTION: Final = 28
EPISODE: Final = 29  # the seed of an episode; the id is the episode's number
FIRST_GUESS: Final = 30  # the first weights of a policy's network
# Group 10: a model on a neuromorphic mesh; the id is the number of the try, or of what is rounded (a vesicle's own id).
PLACE: Final = 40
ROUND: Final = 41

STREAM_NAMES: Final = {
    "migrate": MIGRATE,
    "dock": DOCK,
    "absorb": ABSORB,
    "clear": CLEAR,
    "content": CONTENT,
    "lifetime": LIFETIME,
    "capacity": CAPACITY,
    "user": USER,
    "emit": EMIT,
    "noise": NOISE,
    "cap": CAP,
    "jitter": JITTER,
    "update": UPDATE,
    "meta": META,
    "task": TASK,
    "turn": TURN,
    "renewed": RENEWED,
    "ends": ENDS,
    "weight": WEIGHT,
    "action": ACTION,
    "episode": EPISODE,
    "first_guess": FIRST_GUESS,
    "place": PLACE,
    "round": ROUND,
}
