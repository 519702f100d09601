"""Directory owns who and what a tenant consists of, and who may do what.

It keeps tenants, client projects, people, groups, external numbers, customer contacts, API keys and the audit log.
It is the only service that checks passwords and sessions, and the only one that signs tokens for people and API keys.
It asks nobody and stands below every other service; what changes in it is told on NATS.
"""
