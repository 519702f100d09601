"""Billing: what everything costs, and whose money it is.

Owns tariffs and their versions, accounts, the ledger with its holds, rated calls and what could not be rated. It
answers whether a call may go on, and charges every call record exactly once, exact to the micro-unit.
"""
