"""Normalisation of words, spoken numbers and spoken e-mail addresses."""
