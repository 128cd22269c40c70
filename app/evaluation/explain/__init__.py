"""What the network did with a text: found, drawn, written.

text.py           a text with a blank or without; what is read and what is drawn
sides.py          whoever reads towards a prediction, and everything it did
sides_of.py       the sides of a network; what two sides believe on the way
beliefs.py        what the whole mixture expects at every word
conveyor.py       the memory, taken apart into what each word has written
attribution.py    which words mattered: taken out, and by the gradient
properties.py     simple things that are true of a text word by word
knowing.py        which unit follows them, and whether that means anything
units.py          the same for a network and a text
ranking.py        ranks and their correlation
explanation.py    all of this about one prediction
why.py            why a word is suggested: little of it, at once

ordering.py       units beside those that behave alike
heat_map.py       numbers as squares of colour
score.py          pictures over the words, one below the other
layers.py         gates, states and belt of a layer
drawings.py       everything else that is drawn over the words
whole_text.py     a long text at a glance

section.py, words_section.py, units_section.py, page.py     the page
equations.py      what a cell computes, and in plain words
numbers.py        everything as JSON
written.py        a page, a picture or numbers
lstmvis.py        states for LSTMVis
command.py        a model and a text -> a file
"""
