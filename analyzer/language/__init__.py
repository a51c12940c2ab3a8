"""The languages of calls: normal forms of words, their spelling and sound."""
