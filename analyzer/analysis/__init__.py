"""Studies of many calls: evaluation, calibration, suggestions, rescoring, adherence, statistics, benchmarks."""
