"""Shared plumbing: clock, ids, money, errors, logs, tokens, bus, outbox, leases, gRPC, Mongo, processes, service.

A file enters kit only when three services use it. Kit knows no word of the contact centre.
"""
