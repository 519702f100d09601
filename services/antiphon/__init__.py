"""Antiphon: an open omnichannel contact centre and cloud PBX.

Each folder is one service that owns its data; `kit` is the plumbing they share; `up` runs them all in one process.
"""
