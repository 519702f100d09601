"""Rooms of meetings over all replicas: callers who enter the same one meet, whichever replica has their calls.

    caller's replica ──"enter"──▶ host: gives a seat, opens a port of its mixer ──port──▶ caller's replica
    caller's engine ══════════════════ sound ══════════════════▶ that port

A room is mixed by one replica, its host: the first that takes the room's lease. A mixer's port is reached by every
engine, so a caller of another replica needs no leg between the two: his engine is told the port of the host. Each
replica says every second who of its callers is in which room; so both sides learn what was lost between them: a caller
without a seat, or whose host is gone, is `moved`, and a seat whose caller is gone is freed.

The host dies: its own callers' calls end with it. The others enter again as soon as its lease has lapsed, and the first
of them is the host then. NATS is away: whoever is in a room stays there; nobody enters from another replica.
"""
