"""Dictated e-mail addresses and telephone numbers, read from recognised words; and finding personal data."""
