"""Recordings become 16 kHz channels kept apart, with what was found out about them; speech is found in them.

Telephone recordings are often damaged, and a recording read only in part must never look like a call in which
steps were missed: so decoding is our own (packet by packet), and every loss is a fact that travels on.
"""
