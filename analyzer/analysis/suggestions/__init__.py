"""Wordings that a bank lacks: near misses grouped into proposed variants, each tried on the whole bank."""
