"""One run of `train.py`, from its first file to its last.

What a run is made of, in the order in which it happens: nobody else has its name
(`lock`), the text becomes numbers (`preparation`, with the words of an older model in
`warm_start`), which wait on disk (`unfinished`); machines that train together meet
(`meeting`); the network is fitted (`fitting`, and `blank_training` for the one that
reads both sides), and the person is told (`reporting`, `epoch_report`); n-grams are
counted (`ngrams`). Experiments train many networks so: kinds of them are compared
(`comparing`), or learn a generated language (`distance`, `recalling`), and what is
finished is kept (`kept`). `train.py` tells the story; here are its chapters.
"""
