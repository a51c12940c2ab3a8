"""Workers on the nodes of a Ray cluster: it supplies processes and their place, keys go to them, outcomes to the store.

Its own restarts and retries are off, nothing is kept in its object store, nothing is uploaded to its nodes. Nothing
outside this package imports it.
"""
