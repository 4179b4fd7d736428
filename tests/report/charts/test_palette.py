"""The palette: read on paper and screen, and kept apart by people who see fewer colours."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from stepdown.report.charts import palette

SEEN = {
    "all colours": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB."""

LIGHT = [palette.PAPER, palette.SHEET]
DARK = [palette.ON_DARK[palette.PAPER], palette.ON_DARK[palette.SHEET]]


def lab(colour: str, seen: str) -> np.ndarray:
    """CIELAB (D65) of a colour as it is seen."""
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        SEEN[seen] @ linear, 0, 1
    )
    f = np.cbrt(np.maximum(xyz / np.array([0.95047, 1.0, 1.08883]), 1e-9))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_is_that_of_wcag() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", [*LIGHT, palette.WASH])
def test_text_can_be_read(ground: str) -> None:
    for text in (palette.INK, palette.INK_2, palette.INK_3, palette.ACCENT):
        assert palette.contrast(text, ground) >= 4.5


@pytest.mark.parametrize("ground", [*DARK, palette.ON_DARK[palette.WASH]])
def test_text_can_be_read_in_the_dark(ground: str) -> None:
    for text in (palette.INK, palette.INK_2, palette.INK_3, palette.ACCENT):
        assert palette.contrast(palette.ON_DARK[text], ground) >= 4.5


def test_marks_can_be_seen() -> None:
    for colour in (*palette.OUTCOME.values(), palette.STUDY, palette.POOLED, palette.MARK):
        assert min(palette.contrast(colour, ground) for ground in LIGHT) >= 3
    for colour in palette.OUTCOME.values():
        assert min(palette.contrast(palette.ON_DARK[colour], ground) for ground in DARK) >= 3


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("colours", [tuple(palette.OUTCOME.values()), (palette.STUDY, palette.POOLED)])
def test_colours_stay_apart(seen: str, colours: tuple[str, ...]) -> None:
    for one, other in itertools.combinations(colours, 2):
        assert np.linalg.norm(lab(one, seen) - lab(other, seen)) > 15, (one, other)


def test_nothing_is_red() -> None:
    for colour in (*palette.OUTCOME.values(), palette.ACCENT, *palette.KIND.values()):
        _, a, b = lab(colour, "all colours")
        assert not (a > 40 and abs(b) < a), colour


def test_every_label_can_be_read_on_its_fill() -> None:
    for fill in palette.KIND.values():
        assert palette.contrast(palette.on(fill), fill) >= 4.5
