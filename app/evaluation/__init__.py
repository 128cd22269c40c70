"""From predictions to numbers: how well a model does, and against whom."""
