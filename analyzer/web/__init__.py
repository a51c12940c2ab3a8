"""The review app in a browser: FastAPI and Jinja2 here only; everything that counts is decided below it."""
