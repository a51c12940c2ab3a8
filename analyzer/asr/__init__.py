"""Recognition: audio windows in, words with times and probabilities out."""
