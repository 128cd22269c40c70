"""From weights to log-probabilities: what comes next, in numbers."""
