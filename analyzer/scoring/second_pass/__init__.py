"""Undecided steps are looked for again in the audio, and both readings are weighed."""
