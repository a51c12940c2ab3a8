"""Dictated e-mail addresses: tokens, local part, domain, spelled letters, read over several turns."""
