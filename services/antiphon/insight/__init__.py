"""Insight: what happened. Every interaction once, and reports made of them.

It hears facts, keeps them, and computes each interaction from its facts, so that any of it can be computed again and
every number opens what it is made of. It decides nothing and nobody waits for it.
"""
