"""A dialler's day in fast-forward: the service's own pacer over invented people.

world     who answers, when and how often, how long one talks
shift     eight hours of one policy
study     several policies on several days, and what comes out of them
"""
