"""What the right side of a blank is worth.

every_token.py  every token in its turn, exactly: one side against both
cases.py        words at random places, each with four others of like frequency
sampled.py      those, answered as people are, freely and among five
table.py        how often they were filled rightly, as text
"""
