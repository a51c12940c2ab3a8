"""How fast this machine transcribes, with how many processes and threads; and what was chosen for it."""
