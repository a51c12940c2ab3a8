"""Alembic's folder; each version is a file that is never changed once it was released."""
