"""Where jobs run; whatever it is, a worker does the same."""
