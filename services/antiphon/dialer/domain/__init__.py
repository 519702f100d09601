"""The pure core of the dialler: how many to dial, whom, and whether it is allowed.

Nothing here reads a clock, a socket or a random number; `now` is always a parameter.

Read in this order:

    floor               what the pacer sees: agents, dials in the air, people who wait
    learning            what a campaign has learned: answer rate, how long things last, the law's counter
    risk                the chance that one more dial meets nobody free
    predictive          as many dials as that chance allows
    pacing              the door: decide(state, now) for every mode
    peers               how other diallers pace, for comparison
"""
