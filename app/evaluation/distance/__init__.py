"""How far back the words are that a network uses, measured."""
