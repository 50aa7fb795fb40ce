"""The one source of chance: known answers, the same bits everywhere, and the right distributions.

The draws are pure functions of the address, so each statistical test is one fixed number: seed and standard error stand
beside it.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vesicle_abm.core import random
from vesicle_abm.core.random import bernoulli, categorical, exponential, normal, poisson, uniform
from vesicle_abm.core.scalar import kernel
from vesicle_abm.core.stages import STREAM_NAMES

SEED = 20
MANY = np.arange(100_000)

# Random123's kat_vectors: counter and key words in hexadecimal, then the four words of philox4x32-10.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000 00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]

addresses = st.tuples(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**10 - 1),
    st.integers(0, 2**24 - 1),
)


def words(text):
    return [np.uint64(int(word, 16)) for word in text.split()]


def philox_in_python(counter, key):
    """Salmon et al. (2011), section 4.3, with Python's own whole numbers."""
    mask = 2**32 - 1
    c, k = list(counter), list(key)
    for _ in range(10):
        high_0, low_0 = divmod(0xD2511F53 * c[0], 2**32)
        high_1, low_1 = divmod(0xCD9E8D57 * c[2], 2**32)
        c = [high_1 ^ c[1] ^ k[0], low_1, high_0 ^ c[3] ^ k[1], low_0]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


def uniform_in_python(seed, id_, step, stage, draw):
    mask = 2**32 - 1
    counter = (id_ & mask, id_ >> 32, step, stage // 4 + 256 * draw)
    word = philox_in_python(counter, (seed & mask, seed >> 32))[stage % 4]
    return (word + 0.5) / 2**32


@kernel
def compiled_uniforms(address, ids, out):
    seed, step, stage, draw = address
    for i in range(len(ids)):
        out[i] = random.uniform_at(seed, ids[i], step, stage, draw)


@kernel
def compiled_poissons(rate, address, ids, out):
    seed, step, stage, draw = address
    for i in range(len(ids)):
        out[i] = random.poisson_at(rate, seed, ids[i], step, stage, draw)


def flat(u):
    """p-value that u is uniform on (0, 1): chi-square over 256 cells."""
    return stats.chisquare(np.bincount((u * 256).astype(int), minlength=256)).pvalue


@pytest.mark.parametrize(("given_words", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_known_answers_of_random123(given_words, answer):
    assert [int(w) for w in random.philox(*words(given_words))] == [int(w) for w in words(answer)]


@pytest.mark.parametrize(("given_words", "answer"), KNOWN_ANSWERS)
def test_philox_of_arrays_gives_the_known_answers_too(given_words, answer):
    found = random.philox(*(np.full(3, word) for word in words(given_words)))
    assert [column.tolist() for column in found] == [[int(w)] * 3 for w in words(answer)]


@given(addresses)
def test_a_draw_is_the_stated_word_of_the_stated_block(address):
    assert uniform(*address) == uniform_in_python(*address)


@given(addresses)
def test_a_draw_lies_strictly_between_0_and_1(address):
    assert 0.0 < uniform(*address) < 1.0


def test_the_extreme_words_stay_inside_the_open_interval():
    """(0 + 1/2) / 2**32 = 2**-33 and (2**32 - 1 + 1/2) / 2**32 = 1 - 2**-33."""
    assert random.unit(np.uint64(0)) == 2.0**-33
    assert random.unit(np.uint64(2**32 - 1)) == 1.0 - 2.0**-33


@given(addresses)
def test_scalar_array_and_compiled_loop_give_the_same_bits(address):
    seed, id_, step, stage, draw = address
    ids = np.array([0, id_, 2**64 - 1], np.uint64)
    out = np.empty(3)
    compiled_uniforms(tuple(np.uint64(part) for part in (seed, step, stage, draw)), ids, out)
    assert uniform(seed, ids, step, stage, draw).tolist() == out.tolist()
    assert [uniform(seed, int(i), step, stage, draw) for i in ids] == out.tolist()


@pytest.mark.parametrize("rate", [0.0, 0.1, 5.0, 16.0, 16.1, 40.0, 300.0])
def test_poisson_gives_the_same_counts_scalar_array_and_compiled(rate):
    ids = np.arange(200, dtype=np.uint64)
    out = np.empty(200, np.int64)
    compiled_poissons(rate, tuple(np.uint64(part) for part in (SEED, 3, 8, 0)), ids, out)
    assert poisson(rate, SEED, ids, 3, "emit").tolist() == out.tolist()
    assert [poisson(rate, SEED, int(i), 3, "emit") for i in ids] == out.tolist()


def test_an_address_broadcasts_like_numpy():
    u = uniform(SEED, np.arange(4)[:, None], np.arange(3), "dock", 0)
    assert u.shape == (4, 3)
    assert all(u[i, t] == uniform(SEED, i, t, "dock") for i in range(4) for t in range(3))
    assert uniform(SEED, 1, 1, [0, 1, 2, 3], [[0], [1]]).shape == (2, 4)
    assert uniform(SEED, np.zeros(0, int), 0, 0).shape == uniform(SEED, [], 0, 0).shape == (0,)


def test_one_address_gives_plain_python_numbers():
    assert type(uniform(1, 2, 3, 4)) is float
    assert type(poisson(3.0, 1, 2, 3, 4)) is int
    assert type(categorical([1.0, 1.0], 1, 2, 3, 4)) is int
    assert bernoulli(1.0, 1, 2, 3, 4) is True


@pytest.mark.parametrize("name", STREAM_NAMES)
def test_a_stream_name_stands_for_its_number(name):
    assert uniform(SEED, 9, 2, name) == uniform(SEED, 9, 2, STREAM_NAMES[name])


def test_no_two_streams_share_a_number():
    assert len(set(STREAM_NAMES.values())) == len(STREAM_NAMES)


@pytest.mark.parametrize("part", ["seed", "id", "step", "stage", "draw"])
@pytest.mark.parametrize(
    "bad", [-1, 0.5, 1.0, float("nan"), True, None, [0, -1], np.array([1.5]), np.array([True]), 2**64]
)
def test_a_bad_address_is_refused_by_the_name_of_its_part(part, bad):
    address = {"seed": 1, "id": 2, "step": 3, "stage": 4, "draw": 5, part: bad}
    for draw in (uniform, normal, lambda **a: bernoulli(0.5, **a), lambda **a: poisson(1.0, **a)):
        with pytest.raises(ValueError, match=f"^{part}: got .* are allowed"):
            draw(**address)


@pytest.mark.parametrize(
    ("part", "limit"), [("seed", 2**64), ("id", 2**64), ("step", 2**32), ("stage", 2**10), ("draw", 2**24)]
)
def test_the_last_number_of_each_range_is_allowed_and_the_next_is_not(part, limit):
    address = {"seed": 1, "id": 2, "step": 3, "stage": 4, "draw": 5}
    assert 0.0 < uniform(**{**address, part: limit - 1}) < 1.0
    with pytest.raises(ValueError, match=f"^{part}: got {limit}; whole numbers from 0 to {limit - 1} are allowed"):
        uniform(**{**address, part: limit})


def test_an_unknown_stream_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"stage: no stream is called 'migrat'.*'migrate'"):
        uniform(1, 2, 3, "migrat")


@pytest.mark.parametrize("neighbour", ["seed", "id", "step", "stage", "draw"])
def test_neighbouring_addresses_are_uncorrelated(neighbour):
    """Seed 20, n = 100,000: the correlation of independent draws has standard error 1 / sqrt(n) = 0.0032; 4 allowed."""
    address = {"seed": SEED, "id": MANY, "step": 5, "stage": 1, "draw": 2}
    here = uniform(**address)
    there = uniform(**{**address, neighbour: address[neighbour] + 1})
    if neighbour == "id":
        there = there[::2][: len(here) // 2]
        here = here[::2]
    assert abs(np.corrcoef(here, there)[0, 1]) < 4.0 / np.sqrt(len(here))
    cells = (here * 16).astype(int) * 16 + (there * 16).astype(int)
    assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-4


def test_the_four_streams_of_a_block_are_flat_and_jointly_flat():
    """Seed 20, n = 100,000 rows of four draws, in 4**4 = 256 joint cells of 390 each: chi-square."""
    u = uniform(SEED, MANY[:, None], 7, [4, 5, 6, 7])
    assert all(flat(column) > 1e-3 for column in u.T)
    cells = (u * 4).astype(int) @ [64, 16, 4, 1]
    assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-3


@pytest.mark.parametrize("axis", ["seed", "id", "step", "draw"])
def test_draws_along_any_part_of_the_address_are_uniform(axis):
    """Seed 20, n = 100,000: Kolmogorov-Smirnov and chi-square over 256 cells."""
    address = {"seed": SEED, "id": 3, "step": 5, "stage": 2, "draw": 1, axis: MANY}
    u = uniform(**address)
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    assert flat(u) > 1e-3


def poisson_chisquare(counts, rate):
    """p-value over the cells between which at least 5 counts are expected, the tails taken together."""
    inner = np.arange(stats.poisson.ppf(1e-3, rate), stats.poisson.ppf(1 - 1e-3, rate))
    edges = np.concatenate([[-1.0], inner, [np.inf]])
    expected = np.diff(stats.poisson.cdf(edges, rate)) * len(counts)
    found, _ = np.histogram(counts, bins=np.concatenate([edges[:-1] + 0.5, [np.inf]]))
    return stats.chisquare(found, expected).pvalue


@pytest.mark.parametrize("rate", [0.1, 5.0, 16.0, 16.1, 40.0, 300.0])
def test_poisson_has_the_mean_variance_and_law_of_its_rate(rate):
    """Seed 20, n = 100,000. Standard error of the mean sqrt(rate / n); of the variance sqrt((2 rate**2 + rate) / n)."""
    counts = poisson(rate, SEED, MANY, 4, "emit")
    n = len(counts)
    assert abs(counts.mean() - rate) < 4.0 * np.sqrt(rate / n)
    assert abs(counts.var() - rate) < 4.0 * np.sqrt((2.0 * rate**2 + rate) / n)
    assert poisson_chisquare(counts, rate) > 1e-3


def test_a_poisson_rate_of_0_gives_0():
    assert not poisson(0.0, SEED, MANY, 4, "emit").any()


def test_poisson_rates_broadcast_with_the_address():
    counts = poisson([0.0, 5.0, 300.0], SEED, np.arange(4)[:, None], 0, "emit")
    assert counts.shape == (4, 3)
    assert counts[2].tolist() == [poisson(rate, SEED, 2, 0, "emit") for rate in (0.0, 5.0, 300.0)]


@pytest.mark.parametrize("rate", [1e-300, 1e-6, 0.1, 1.0, 5.0, 16.0])
def test_a_poisson_count_inverts_the_distribution_function(rate):
    """The count is the least k with F(k) > u; around a step of F the last bits may decide, so 1e-12 is left open."""
    u, count = uniform(SEED, MANY, 0, "emit"), poisson(rate, SEED, MANY, 0, "emit")
    assert (stats.poisson.cdf(count, rate) > u - 1e-12).all()
    assert (stats.poisson.cdf(count - 1, rate) <= u + 1e-12).all()


@pytest.mark.parametrize(("rate", "parts"), [(16.0, 1), (16.1, 2), (32.0, 2), (40.0, 3), (300.0, 19)])
def test_a_large_poisson_is_the_sum_of_its_parts_at_consecutive_draws(rate, parts):
    """ceil(rate / 16) parts, each of mean rate / parts, at the draws 7, 8, …"""
    whole = poisson(rate, SEED, MANY[:500], 2, "emit", draw=7)
    pieces = [poisson(rate / parts, SEED, MANY[:500], 2, "emit", draw=7 + part) for part in range(parts)]
    assert whole.tolist() == np.sum(pieces, axis=0).tolist()


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, [1.0, -0.5]])
def test_a_poisson_rate_that_is_not_finite_and_non_negative_is_refused(bad):
    with pytest.raises(ValueError, match=r"rate: got .*finite numbers >= 0 are allowed"):
        poisson(bad, 1, 2, 3, 4)


@pytest.mark.parametrize(("rate", "draw"), [(1e300, 0), (17.0, 2**24 - 1)])
def test_a_poisson_rate_that_needs_more_draws_than_there_are_is_refused(rate, draw):
    """1e300 would need 6e298 draws (and once gave 200); 17 needs two where one is left."""
    with pytest.raises(ValueError, match=r"rate: got .*draws that are left"):
        poisson(rate, 1, 2, 3, 4, draw)


@pytest.mark.parametrize("probability", [0.0, 0.001, 0.3, 1.0])
def test_bernoulli_is_true_with_its_probability(probability):
    """Seed 20, n = 100,000: standard error sqrt(p (1 - p) / n)."""
    share = bernoulli(probability, SEED, MANY, 1, "dock").mean()
    assert abs(share - probability) <= 4.0 * np.sqrt(probability * (1.0 - probability) / len(MANY))


@pytest.mark.parametrize("weights", [[1.0], [0.0, 3.0, 0.0, 1.0, 6.0, 0.0], [1e-300, 1e300], [1e-300, 3e-300]])
def test_categorical_follows_its_weights_and_never_takes_a_zero_weight(weights):
    """Seed 20, n = 100,000: chi-square over the categories that are expected at least five times."""
    counts = np.bincount(categorical(weights, SEED, MANY, 1, "user"), minlength=len(weights))
    expected = np.array(weights) / np.sum(weights) * len(MANY)
    assert not counts[np.array(weights) == 0.0].any()
    seen = expected > 5.0
    if seen.sum() > 1:
        assert stats.chisquare(counts[seen], expected[seen]).pvalue > 1e-3
    assert not counts[expected < 1e-9].any()


@given(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-290, 1e6)), min_size=1, max_size=8),
    st.integers(0, 2**32),
)
def test_a_category_is_the_first_whose_cumulative_weight_exceeds_the_draw(weights, id_):
    if sum(weights) == 0.0:
        weights[0] = 1.0
    target = uniform(SEED, id_, 0, 0) * np.cumsum(weights)[-1]
    found = categorical(weights, SEED, id_, 0, 0)
    assert weights[found] > 0.0
    assert found == next(i for i, total in enumerate(np.cumsum(weights)) if total > target)


@pytest.mark.parametrize(
    "bad", [[], [0.0, 0.0], [1.0, -1.0], [np.nan, 1.0], [[1.0]], 1.0, [1.0, np.inf], [1e308, 1e308]]
)
def test_weights_that_are_no_distribution_are_refused(bad):
    """An infinite sum once gave the last category always."""
    with pytest.raises(ValueError, match=r"weights: got .* a vector of numbers >= 0 with a positive, finite sum"):
        categorical(bad, 1, 2, 3, 4)


def test_normal_draws_are_standard_normal():
    """Seed 20, n = 100,000: standard error of the mean 0.0032, of the variance sqrt(2 / n) = 0.0045."""
    draws = normal(SEED, MANY, 2, "noise")
    assert abs(draws.mean()) < 4.0 / np.sqrt(len(MANY))
    assert abs(draws.var() - 1.0) < 4.0 * np.sqrt(2.0 / len(MANY))
    assert stats.kstest(draws, "norm").pvalue > 1e-3
    np.testing.assert_allclose(draws, stats.norm.ppf(uniform(SEED, MANY, 2, "noise")), rtol=1e-13, atol=1e-15)


def test_exponential_draws_have_their_mean_and_law():
    """Seed 20, n = 100,000, mean 3: standard error 3 / sqrt(n) = 0.0095."""
    draws = exponential(3.0, SEED, MANY, 2, "lifetime")
    assert abs(draws.mean() - 3.0) < 4.0 * 3.0 / np.sqrt(len(MANY))
    assert stats.kstest(draws, "expon", args=(0.0, 3.0)).pvalue > 1e-3
    assert (draws > 0.0).all()
