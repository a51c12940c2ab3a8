"""The SOP's rules: which steps were due, what the customer replied, which steps were met, score and verdict."""
