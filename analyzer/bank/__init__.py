"""Load and check phrase banks."""
