"""Routing: what happens to a customer before a person answers.

Owns reception schemes (versioned flows for every channel), working hours and black and white lists. It answers an
event of an interaction with verbs, keeps nothing of the interaction in memory, and says why it answered so.
"""
