"""Frozen pydantic types that stages pass to each other; they import no stage."""
