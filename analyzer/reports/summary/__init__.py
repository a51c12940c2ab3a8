"""A batch in figures: one object, made once."""
