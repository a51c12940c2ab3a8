"""From paths on the command line to calls: which files are recordings, which belong together, what is known."""
