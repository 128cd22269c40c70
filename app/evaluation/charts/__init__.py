"""Pictures of figures: SVG that a browser draws at any size, dark or light.

    colours.py         what each kind of mark looks like, on light and on dark paper
    svg.py             elements and whole pictures, with a title and a description
    scales.py          values to places, and round marks on an axis
    lines.py           a line a thing, over a distance
    rows.py            a line a thing: bars or dots, with errors and marks
    distribution.py    many values of one kind: a dot each, piled up
    reliability.py     how often it is right when it is so sure
    learning_curve.py  a training run, epoch by epoch

They are made here by hand: a drawing library writes ten times as much, in colours that
cannot follow the page, without a word for those who do not see it.
"""
