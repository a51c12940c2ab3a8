"""Recordings that are not on this machine: any URL that fsspec reads, downloaded while they are worked on.

The rest of the code knows paths only. A remote recording says so in `Recording.remote`; a `DownloadCache` gives
local copies of its files.
"""
