"""Keys that suggestions save, counted by a simulated typist.

rules.py      what is typed, what costs a key, what is offered
words.py      the words that a text wants to have typed, and what was seen of each
typist.py     types documents with the session that people type in
savings.py    what was seen -> the share of keys saved, its ceilings, waiting, memory
seconds.py    what was seen -> seconds, because a list has to be read
table.py      all of it as text
"""
