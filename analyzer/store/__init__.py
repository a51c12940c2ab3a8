"""What is kept: work, transcripts, runs, reports. SQLAlchemy here only; nothing above it knows which database."""
