"""A recording to its report: `process` names every stage in order, the other modules are those stages."""
