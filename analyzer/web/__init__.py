"""The review app in a browser: FastAPI and Jinja2 here only; everything that counts is decided below it."""

PORT = 8123
"""Tried first, so that bookmarks and a tunnel's command stay good."""
