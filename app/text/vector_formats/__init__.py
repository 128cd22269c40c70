"""Files of word vectors: one module for each format, all with the same contract.

A reader is a function `read(path, stream, wanted)` that yields `rows.Row`s: words,
their float32 vectors and where in the file they stand. It reads its stream forward
in pieces of bounded size, believes nothing that the file promises about itself, and
refuses a damaged file with the place of the damage. Nothing in a file is ever run.

=================  ==================================================================
`glove_text`       GloVe's text, word2vec's text, fastText's `.vec`
`word2vec_binary`  word2vec's binary format
`fasttext_binary`  fastText's `.bin`; `subwords` makes vectors for words it lacks
`gensim_saved`     what gensim's `save` writes; `saved_objects` reads it without pickle
`numpy_array`      `.npy` and a list of words beside it
=================  ==================================================================

`opening` unpacks .gz, .bz2, .xz and .zip before any of them sees a byte; `rows` says
what enters and leaves. Which reader fits is decided in `app.text.vector_files`.
"""
