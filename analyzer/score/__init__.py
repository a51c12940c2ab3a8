"""Findings to score and verdict."""
