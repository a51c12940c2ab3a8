"""Recording -> report: the one place that names every stage, in order.

recording -> channels -> speech -> transcript (`CallStream`: the expensive half, needs a recogniser)
-> candidates -> findings -> report (`Scorer`: the cheap half, needs none, so that another SOP never transcribes
again). Nothing flows back but a second look: `Scorer` names stretches where a step is undecided, `read_again`
decodes them once more, `Scorer` weighs both readings. Nothing here knows of batches, processes or files of results.
"""
