"""Thresholds from labelled calls: how high each step's `accept` should be, and what another one would change."""

from analyzer.calibrate.calibration import Calibration, calibrate
from analyzer.calibrate.choose import Goal
from analyzer.calibrate.reach import HeardCall, hear
from analyzer.calibrate.write import write_accepts

__all__ = ["Calibration", "Goal", "HeardCall", "calibrate", "hear", "write_accepts"]
