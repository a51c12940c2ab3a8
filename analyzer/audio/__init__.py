"""Recordings are decoded to separate 16 kHz channels, with facts about their quality; speech is detected in them.

Telephone recordings are often damaged, and a recording decoded only in part must never look like a call in which
steps were missed: so packets are decoded one by one here, and every loss is reported.
"""
