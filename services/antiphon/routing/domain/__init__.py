"""The pure core of routing: schemes as validated graphs, and the interpreter that answers "what next".

Read in this order: `nodes` (what a scheme is made of), `scheme`, `validation`, `versions` (how it becomes
live), `interaction` and `events` (what comes in), `interpreter` and `walk` (what is decided), `verbs` (what
goes out). Nothing here does I/O or reads a clock: `now` is always a parameter, an aware UTC datetime.
"""
