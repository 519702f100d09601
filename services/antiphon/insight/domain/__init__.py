"""The pure part of insight: from facts to interactions, from interactions to figures. No input or output, no clock.

Read in this order:

    heard                       a fact as it is kept
    interaction, folding        what the facts of one interaction say together
    intervals                   quarters, hours, days, weeks, months in a time zone
    figures                     what is counted, and the formulas of the service level
    presence                    what agents' time was spent on
    report                      rows by any grouping
    missed                      who called in vain and was not spoken to since
    scorecard                   what a supervisor judges by, and the weighted score
    reasons                     everything that can be refused
"""
