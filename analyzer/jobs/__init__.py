"""Many calls: what is kept is reused, the rest is claimed, transcribed and kept, every call becomes one report.

One failure is a row, not a stop. The store is the one state machine; whoever does the work only reads keys from it and
writes outcomes to it, so that the same command goes on where it was interrupted, and two commands share one store.
"""
