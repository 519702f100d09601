"""Use cases of the dialler.

campaigns    the records and their life
lists        importing, do-not-call
leader       one process dials: a runner for each running campaign
runner       what a campaign does every second
dialling     one contact: the gate, the journal, the call
results      how attempts end and what agents say of them
proof        evidence, results as a table
"""
