"""Decoding, voice activity, windows, quality figures, playback."""
