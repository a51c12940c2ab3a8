"""How the sample calls are spoken, mixed and written."""
