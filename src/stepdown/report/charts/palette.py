"""One palette for every chart and page, by role.

The outcome colours lie on the blue-to-yellow axis that all common colour-vision deficiencies keep, and differ in
lightness, as Okabe and Ito advise (Color Universal Design, 2008); the studies and summaries of the evidence are their
blue and vermilion. Tests hold the contrast on paper and in print, and how far the colours stay apart when seen with
protanopia, deuteranopia and tritanopia (Machado 2009). No colour stands alone: a shape, a place or a word repeats it.
"""

from __future__ import annotations

INK, INK_2, INK_3 = "#14201d", "#43514d", "#5c6a65"
"""Text, secondary text, axis text."""
RULE, MARK = "#dde4e1", "#7d8b85"
"""Grid lines, and lines that must be seen."""
PAPER, SHEET, WASH = "#f7f9f8", "#ffffff", "#e4f1ed"
ACCENT = "#0b6b61"
"""What is advised."""

RELAPSE, MRI, DISABILITY, INFECTION = "#3b3289", "#1f74b0", "#59616a", "#935c05"
OUTCOME = {
    "relapse": RELAPSE,
    "mri-activity": MRI,
    "disability-worsening": DISABILITY,
    "serious-infection": INFECTION,
}

STUDY, POOLED = "#0072b2", "#d55e00"

KIND = {
    "continue": "#c9d3d8",
    "extend-interval": "#0b6b61",
    "reduce-dose": "#8fc3b8",
    "switch-lower": "#e0c98f",
    "switch-lateral": "#d8d4ea",
    "discontinue": "#9fb6dc",
    "observe": "#c9d3d8",
}
"""Fills of the preference map; always outlined and named in place, since fills alone do not keep apart."""

ON_DARK = {
    INK: "#e7eeeb", INK_2: "#b7c3be", INK_3: "#97a59f", RULE: "#26332f", MARK: "#6b7b75",
    PAPER: "#0e1514", SHEET: "#141d1b", WASH: "#15302b", ACCENT: "#62c8b7",
    RELAPSE: "#aca4f2", MRI: "#6cb4e8", DISABILITY: "#aeb7bf", INFECTION: "#dda854",
}  # fmt: skip
"""The same roles on a dark ground; a page maps them by the class that `css_class` names."""


def css_class(colour: str) -> str:
    """The class that stands beside a colour in an SVG, so that a page may exchange it: `c14201d`."""
    return f"c{colour.removeprefix('#')}"


def dark_rules() -> str:
    """CSS that exchanges the colours of charts on a dark ground."""
    return "".join(
        f".f{css_class(light)}{{fill:{dark}}}.s{css_class(light)}{{stroke:{dark}}}" for light, dark in ON_DARK.items()
    )


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def on(fill: str) -> str:
    """Text that can be read on a fill: ink or white."""
    return INK if contrast(INK, fill) >= contrast(SHEET, fill) else SHEET
