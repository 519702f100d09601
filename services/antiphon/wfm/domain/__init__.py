"""The pure part of workforce management: formulas, forecasts, rules, plans. No input or output, no clock, no chance.

Read in this order:

    reasons                     everything that can be refused
    queueing, chat, redial      Erlang B, C and A; several chats an agent; callers who try again
    required, blend             how many agents; several channels and skills
"""
