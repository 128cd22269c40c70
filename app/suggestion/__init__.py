"""From log-probabilities to words: next words, blanks, the live prompt."""
