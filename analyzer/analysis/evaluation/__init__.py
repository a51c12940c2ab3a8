"""How right are the findings: reports against labels, with intervals that say how much the labels can tell."""
