"""The pure core of the ACD: who gets which piece of work, when, and why.

Nothing here reads a clock, a socket or a random number. Facts go in (`inputs`), facts come out (`effects`), `now`
is always a parameter, and the same inputs in the same order give the same effects byte for byte, in any process.
That is what makes the journal replayable and the followers exact.

Read in this order:

    millis, channel, policy     the words: time, channel classes, a tenant's rules
    inputs, effects, reasons    everything that can happen, be told, be refused
    item, agent, queue          the three things there are, each with its life cycle
    capacity, ordering          who has room; who waits before whom
    strategy, decision          which agent, and the reason he is shown
    line, lane, index           the structures that make the answer O(log n)
    deadlines, floor            pulled timers; the state of one tenant
    setup, presence, lifecycle, routing, timing     what each input does to the floor
    matching                    the one place that makes offers
    brain                       the door: handle(), next_deadline()
    snapshot, views, explain, decide                saving it, reading it, asking it why, trying it out
"""
