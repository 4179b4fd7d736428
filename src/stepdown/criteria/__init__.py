"""When is a condition met, not met, unknown? Criterion trees over intervals, sets and truths."""
