"""Frozen pydantic types that cross a stage border; they know nothing of the stages."""
