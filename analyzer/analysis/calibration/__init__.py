"""Threshold calibration from labelled calls: how high each step's `accept` should be, and what another one would change."""
