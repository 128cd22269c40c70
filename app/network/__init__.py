"""Ids to weights: the Keras model, its fast training path, checkpoints.

Enters: encoded text and a matrix of word vectors. Leaves: a plain `keras.Sequential`
and its weights under our own names. This room knows no words and no files but its
checkpoint; it is the only one, with the export, that imports TensorFlow.
"""
