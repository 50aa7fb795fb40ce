"""Activation that something else than equation (1) computes, and what FiLM gave in a step. By hand; seed 61."""

import numpy as np
import pytest
from oracles import isolated

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED = 61


def model(view, *releases):
    kind = va.Kind(emission=va.PulseEmission(count=2), docking=va.ConstantDocking(probability=1.0), release=releases)
    return va.VesicleModel(isolated(3), {"v": kind}, neurons=va.HMNNeurons(bias=9.0), seed=SEED, view=view)


@pytest.mark.parametrize("view", VIEWS)
def test_an_imposed_activation_takes_the_place_of_equation_1(view):
    driven = model(view)
    driven.world.imposed = np.array([-1.0, 0.0, 2.5])
    driven.step()
    assert driven.state.activation.tolist() == driven.state.history[0].tolist() == [-1.0, 0.0, 2.5]
    driven.world.imposed = None
    driven.step()
    assert driven.state.activation.tolist() == [9.0] * 3


@pytest.mark.parametrize("view", VIEWS)
def test_what_film_gave_is_known_until_the_next_step(view):
    """Two vesicles a node, each with gamma - 1 = 0.25 and beta = -1: h = 1.5 * 4 - 2."""
    driven = model(view, va.FiLMRelease(scale=0.25, shift=-1.0))
    driven.world.imposed = np.full(3, 4.0)
    driven.step()
    assert driven.world.film.tolist() == [[0.5, -2.0]] * 3
    assert driven.state.activation.tolist() == [4.0] * 3
    driven.step()
    assert driven.world.film.tolist() == [[0.0, 0.0]] * 3
