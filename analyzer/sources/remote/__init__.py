"""Recordings that are not on this machine: any URL that fsspec reads, fetched to a temporary place for a moment.

The rest of the code knows paths only. What is remote says so in `Recording.remote`; whoever wants its sound asks a
`Place` for it, and has local files until it lets go.
"""
