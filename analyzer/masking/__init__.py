"""Personal values found in what was said, so that they can be left out of what is handed on."""
