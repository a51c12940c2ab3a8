"""What was due, what was answered, what was met."""

from analyzer.rules.captured import record_check
from analyzer.rules.judge import judge

__all__ = ["judge", "record_check"]
