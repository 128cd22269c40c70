"""What was found out about a model, as one page that asks nobody for anything.

    facts.py           what is known about a model: the numbers and words shown
    report.py          facts -> report.html, section by section
    study.py           an experiment -> a folder with page, pictures and figures
    comparison.py      several models on one text -> a page, or a picture
    command.py         a model folder -> its report.html
    page.py            templates, style and script -> one file; who may load what
    blocks.py          tables, figures and passages, as the templates set them
    wording.py         numbers of things, times and lists, as a person says them

    answer.py          in short: does it beat the n-gram, what is it bad at
    provenance.py      what was trained on what, and how to do it again
    contenders.py      every model on the same tokens
    strata.py          where it is good and where it is not
    confidence.py      whether its probabilities can be believed
    keystrokes.py      keys and seconds saved
    blanks.py          words filled in from both sides
    examples.py        sentences and words

Templates, style and script lie in templates/; what is said in every report stands
there, what depends on the figures is said here.
"""
