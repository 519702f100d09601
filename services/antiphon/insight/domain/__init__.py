"""The pure part of insight: from facts to interactions, from interactions to figures. No input or output, no clock.

Read in this order:

    heard                       a fact as it is kept
    interaction, folding        what the facts of one interaction say together
    intervals                   quarters, hours, days, weeks, months in a time zone
    figures                     what is counted, and the formulas of the service level
    presence                    what agents' time was spent on
    report                      rows by any grouping
    reasons                     everything that can be refused
"""
