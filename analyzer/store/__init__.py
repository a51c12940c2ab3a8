"""Jobs, transcripts, runs, reports and reviews in a database. Only this package knows SQLAlchemy."""
