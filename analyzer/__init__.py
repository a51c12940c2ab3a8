"""SOP adherence checker: scores recorded PLN 123 calls against their standard operating procedure."""

__version__ = "0.1.0"
