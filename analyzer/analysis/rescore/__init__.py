"""The same calls under another bank: what comes out differently, and why."""
