"""Finding what an SOP asks for in a transcript."""
