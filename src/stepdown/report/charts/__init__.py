"""Charts as SVG, written by hand: plain data in, one string out. Nothing is computed but where a mark stands."""

from stepdown.report.charts.bars import Band, BarRow, risk_bars, small_band
from stepdown.report.charts.curves import Curve, CurvePanel, curves
from stepdown.report.charts.flips import Flip, FlipRow, preference_map
from stepdown.report.charts.forest import ForestRow, forest
from stepdown.report.charts.icons import IconArray, icon_array
from stepdown.report.charts.tornado import Share, tornado

__all__ = [
    "Band", "BarRow", "Curve", "CurvePanel", "Flip", "FlipRow", "ForestRow", "IconArray", "Share",
    "curves", "forest", "icon_array", "preference_map", "risk_bars", "small_band", "tornado",
]  # fmt: skip
