"""Threshold calibration from labelled calls: each step's best `accept`, and what another one would change."""
