"""Colours: contrast, and how they look to colour-blind eyes."""

import numpy as np
import pytest

from vesicle_abm.dashboards.stage.colours import HEAT_ON_DARK, HEAT_ON_LIGHT, KINDS, LAYERS, SIGNED, ramps

WHITE, NEAR_BLACK = np.ones(3), np.array([0.07, 0.075, 0.09])
NORMAL = np.eye(3)
# Machado, Oliveira and Fernandes (2009), severity 1, of linear RGB
BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(rgb):
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other) -> float:
    low, high = sorted((linear(one) @ XYZ[1], linear(other) @ XYZ[1]))
    return (high + 0.05) / (low + 0.05)


def lab(rgb, eyes):
    """(n, 3) CIELAB of colours as such eyes see them."""
    seen = np.clip(linear(rgb) @ np.asarray(eyes).T, 0.0, 1.0) @ XYZ.T / XYZ.sum(axis=1)
    root = np.where(seen > 0.008856, np.cbrt(seen), 7.787 * seen + 16.0 / 116.0)
    x, y, z = root.T
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=1)


def ramp(number):
    return np.frombuffer(ramps(), np.uint8).reshape(-1, 256, 3)[number] / 255.0


@pytest.mark.parametrize("colour", KINDS + LAYERS)
def test_kinds_and_layers_have_contrast_on_light_and_dark(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    assert min(contrast(rgb, WHITE), contrast(rgb, NEAR_BLACK)) >= 3.0


@pytest.mark.parametrize("eyes", [NORMAL, *BLIND.values()], ids=["normal", *BLIND])
def test_the_signs_of_the_diverging_scale_are_told_apart_by_all_eyes(eyes):
    seen = lab(ramp(SIGNED), eyes)
    for share in (0.25, 0.5, 1.0):  # of the way from the middle to the ends
        below, above = seen[round(127.5 - 127.5 * share)], seen[round(127.5 + 127.5 * share)]
        assert np.linalg.norm(below - above) > 15.0
    lightness = seen[:, 0]
    assert (np.diff(lightness[:118]) > -0.5).all() and (np.diff(lightness[138:]) < 0.5).all()


@pytest.mark.parametrize("eyes", [NORMAL, *BLIND.values()], ids=["normal", *BLIND])
def test_heat_moves_steadily_away_from_its_ground(eyes):
    assert (np.diff(lab(ramp(HEAT_ON_LIGHT), eyes)[:, 0]) < 0.5).all()
    assert (np.diff(lab(ramp(HEAT_ON_DARK), eyes)[:, 0]) > -0.5).all()
