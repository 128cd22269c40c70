"""From predictions to numbers and pictures: how well a model does, and against whom.

In the order in which a text passes through:

measuring.py     the story: who reads, what is made of it, keys, blanks, examples
contenders.py    a model, its parts and the n-grams read a text side by side
outcomes.py      what each makes of every target: loss, rank, how sure it was
baselines.py     predictions that read nothing
metrics.py       outcomes -> perplexity, accuracy, rank; calibration.py, bootstrap.py
latency.py       how long a person waits
strata.py        the same by kind of word and place; word_classes.py
comparison.py    who is better, and whether that is more than chance
keystrokes/      what a typist saves
blanks/          words filled in from one side and from both
examples.py      sentences and words to look at; sentences.py
table.py         all of it as text; report/ and charts/ as a page
command.py       python -m app evaluate

explain/         what a network did with one text, gate by gate
distance/        how far back the words are that it uses
kinds.py         kinds of network side by side; kind_names.py
"""
