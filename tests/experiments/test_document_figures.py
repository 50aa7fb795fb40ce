"""The document's figures: what they show is what the equations say, for a run; every file is written."""

import numpy as np
import pytest

from vesicle_abm.cli import main
from vesicle_abm.experiments.document import attention, chance, gating, learning_task, norepinephrine, rates, traces
from vesicle_abm.experiments.document_figures import FIGURES

PNG = b"\x89PNG\r\n\x1a\n"


def decayed(times, tau, steps):
    """(T,) the sum over the times so far of exp(-(t - time) / tau)."""
    since = np.arange(steps)[:, None] - np.asarray(times)
    return np.where(since >= 0, np.exp(-since / tau), 0.0).sum(axis=1)


# Figure 3


def test_the_traces_are_the_sums_of_exponentials_since_each_pairing():
    run = traces.traces()
    np.testing.assert_allclose(run.fast, decayed(run.pairings, traces.TAU_FAST, traces.STEPS), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(run.slow, decayed(run.pairings, traces.TAU_SLOW, traces.STEPS), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(run.whole, run.fast + run.slow, rtol=1e-12)
    assert run.whole[traces.PAIRING] == 2.0


# Figure 4


def test_the_gate_is_the_half_wave_around_the_preferred_phase_and_scales_the_update():
    run = gating.gating()
    turn = 2 * np.pi * np.arange(gating.STEPS) / gating.PERIOD
    np.testing.assert_allclose(run.gate, np.maximum(0.0, np.cos(turn - gating.PREFERRED)), atol=1e-9)
    np.testing.assert_allclose(run.oscillation, np.cos(turn), atol=1e-9)
    np.testing.assert_array_equal(run.after, run.before * run.gate)
    assert run.gate.argmax() == gating.PERIOD / 4
    assert np.abs(run.before).max() > 0 > run.before.min()


# Figure 5


@pytest.mark.parametrize("beta", chance.STEEPNESS)
def test_updates_are_applied_as_often_as_equation_5_says(beta):
    run = chance.applied(beta)
    curve = 1.0 / (1.0 + np.exp(-beta * (run.size - chance.THRESHOLD)))
    width = 3 * chance.THRESHOLD / chance.BINS
    assert np.all(np.abs(run.probability - curve) < beta / 4 * width)  # the curve is at most beta / 4 steep
    # at most 24 bins and three curves: chance passes 4.5 standard errors in one of 2000 such tests; seed 5
    np.testing.assert_array_less(np.abs(run.frequency - run.probability), 4.5 * run.error + 1e-3)
    assert run.count.sum() > 50_000


# Figure 6


@pytest.fixture(scope="module")
def attended():
    return attention.attention()


def test_local_attention_shares_one_whole_and_is_equal_while_the_neuron_is_silent(attended):
    np.testing.assert_allclose(attended.alpha.sum(axis=1), 1.0, rtol=1e-12)
    silent = 3 * attention.EPOCH - 1
    assert attended.context[silent] < 0.01
    np.testing.assert_allclose(attended.alpha[silent], 1 / attention.INPUTS, atol=0.01)


def test_local_attention_goes_to_the_active_inputs(attended):
    for epoch in (0, 1, 3):
        end = (epoch + 1) * attention.EPOCH - 1
        assert attended.alpha[end, list(attention.EPOCHS[epoch])].sum() > 0.75


def test_global_attention_is_the_softmax_of_level_times_context_and_weighs_the_modulators(attended):
    score = attention.BETA_GLOBAL * attended.levels * attended.favour / np.sqrt(3)
    np.testing.assert_allclose(attended.gamma, np.exp(score) / np.exp(score).sum(axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_allclose(attended.signal, (attended.gamma * attended.levels).sum(axis=1), rtol=1e-9)


# Figure 7


def parts(phase, numbers):
    """Episodes, and the weights (2, episodes, I) that one unit of eta_local and one of eta_global make."""
    episodes = [learning_task.Episode.number(n, phase) for n in numbers]
    return episodes, learning_task.learned(np.eye(2), episodes).transpose(2, 0, 1)


def least(phase, numbers):
    """(2,) the rates with the least loss: weights are linear in them, so that least squares gives it."""
    episodes, unit = parts(phase, numbers)
    rows = np.concatenate([e.tested @ unit[:, k].T for k, e in enumerate(episodes)])
    wanted = np.concatenate([e.tested @ learning_task.WANTED for e in episodes])
    return np.linalg.lstsq(rows, wanted, rcond=None)[0]


def test_learned_weights_are_eta_local_times_the_correlation_and_eta_global_times_the_rewarded_correlation():
    (episode,), unit = parts("alone", [3])
    # a pairing is twice 1, once in each trace, then decays until the episode ends; the reward meets it a step later
    left = learning_task.TRIALS * learning_task.TRIAL - np.arange(learning_task.TRIALS) * learning_task.TRIAL
    kept = np.exp([[-1.0], [-0.5]])
    pairing = episode.shown * episode.answer[:, None]
    local = ((1 - kept**left) / (1 - kept)).sum(axis=0) @ pairing
    np.testing.assert_allclose(unit[0, 0], local, rtol=1e-9)
    trial = np.arange(learning_task.TRIALS)
    since = (trial[:, None] - trial) * learning_task.TRIAL + learning_task.DELAY
    meets = np.where(since > 0, np.exp(-1.0) ** since + np.exp(-0.5) ** since, 0.0)
    np.testing.assert_allclose(unit[1, 0], episode.reward @ meets @ pairing, rtol=1e-9)


def test_a_guided_neuron_is_best_taught_locally_and_one_alone_by_reward():
    guided, alone = (least(phase, range(40)) for phase in ("guided", "alone"))
    assert guided[0] > 3 * abs(guided[1])
    assert alone[1] > 3 * abs(alone[0])


@pytest.fixture(scope="module")
def phases():
    return rates.rates()


def test_the_landscape_is_the_loss_of_what_the_rates_learn(phases):
    for phase in phases:
        episodes, unit = parts(phase.name, range(rates.MEASURED))
        i, j = 4, 9
        weight = phase.axis[i] * unit[0] + phase.axis[j] * unit[1]
        errors = [e.tested @ (w - learning_task.WANTED) for e, w in zip(episodes, weight, strict=True)]
        assert phase.loss[i, j] == pytest.approx(np.mean(np.square(errors)), rel=1e-9)


def test_meta_learning_lowers_the_loss_of_every_neuron_and_finds_the_least_where_it_is_sharp(phases):
    for phase in phases:
        numbers = range(rates.MEASURED)
        before, after = (learning_task.meta_loss(phase.path[at], phase.name, numbers) for at in (0, -1))
        assert np.all(after < before)
    alone = phases[-1]
    best = np.clip(least("alone", range(200)), 0.0, rates.HIGH)
    np.testing.assert_allclose(alone.path[-1], np.tile(best, (3, 1)), atol=0.0005)


def test_the_second_phase_begins_where_the_first_ended_within_the_bounds(phases):
    np.testing.assert_array_equal(phases[0].path[-1], phases[1].path[0])
    for phase in phases:
        assert phase.path.min() >= 0.0
        assert phase.path.max() <= rates.HIGH


# Figure 10


@pytest.fixture(scope="module")
def courses():
    return norepinephrine.courses()


def test_the_astrocyte_integrates_what_its_receptors_let_in(courses):
    run, a = courses[norepinephrine.RATE], 0.0
    kept = np.exp(-1.0 / norepinephrine.TAU)
    for step in range(norepinephrine.STEPS - 1):
        a = kept * a + (1 - kept) * run.level[step] / (run.level[step] + 1.0)
        assert run.activation[step + 1] == pytest.approx(a, rel=1e-9)
    np.testing.assert_allclose(run.output, np.maximum(0.0, run.activation - norepinephrine.THRESHOLD), rtol=1e-12)


def test_the_factor_is_eta_global_times_reward_and_dampening(courses):
    run = courses[norepinephrine.RATE]
    expected = norepinephrine.ETA * (norepinephrine.REWARD + norepinephrine.STRENGTH * run.output)
    np.testing.assert_allclose(run.factor, expected, rtol=1e-12)
    direct = courses[norepinephrine.DIRECT].factor[norepinephrine.AROUSALS[1][1] - 1]
    lasting = norepinephrine.ETA * (norepinephrine.REWARD + norepinephrine.STRENGTH * norepinephrine.plateau())
    assert direct == pytest.approx(lasting, rel=1e-3)


def test_a_brief_arousal_passes_by_the_astrocyte_and_a_lasting_one_outlasts_itself(courses):
    brief, lasting = norepinephrine.AROUSALS
    for way in (norepinephrine.RATE, norepinephrine.EFFICACY):
        weight, undisturbed = courses[way].weight, courses[norepinephrine.NONE].weight
        assert np.all(weight[: lasting[0]] == undisturbed[: lasting[0]])
        assert weight[-1] < undisturbed[-1]
        assert courses[way].output[lasting[1] + 50] > 0.0
    assert courses[norepinephrine.DIRECT].weight[brief[1]] < courses[norepinephrine.NONE].weight[brief[1]]
    assert courses[norepinephrine.DIRECT].level[lasting[1] + 50] < 0.02


# Files


def test_the_command_writes_every_figure_and_prints_where(tmp_path, capsys):
    assert main(["figures", "--out", str(tmp_path / "new" / "folder")]) == 0
    files = capsys.readouterr().out.split()
    assert files == [str(tmp_path / "new" / "folder" / f"{name}.png") for name in FIGURES]
    for file in files:
        with open(file, "rb") as picture:
            assert picture.read(len(PNG)) == PNG


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["figures", "--out", str(tmp_path / "file")]) == 1
    said = capsys.readouterr().err
    assert "cannot write" in said
    assert "Traceback" not in said
