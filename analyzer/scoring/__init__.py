"""What was due, what was answered, what was met."""
