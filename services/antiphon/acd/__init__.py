"""The ACD: one queueing brain for every channel.

Owns queues, skills, agent states, work items and offers. It decides which agent gets which work, says why, and keeps
every input in a fenced journal from which the same decisions can be made again.
"""
