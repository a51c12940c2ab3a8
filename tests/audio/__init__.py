"""Recordings made on the fly."""
