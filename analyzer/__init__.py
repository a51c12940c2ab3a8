"""SOP adherence checker: scores recorded calls against an SOP. From Python: `analyzer.jobs.scoring_run.ScoringRun`."""

__version__ = "0.1.0"
