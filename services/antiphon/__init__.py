"""Antiphon: an open omnichannel contact centre and cloud PBX.

Each folder is one service that owns its data; `kit` is the plumbing they share; `up` runs them all in one process.
"""

import os

# gRPC asks once, when it is imported. Programs are started while it runs and none of them uses it; with its fork
# handlers on, each start of one writes "Other threads are currently calling into gRPC" to the screen.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # noqa: TID251 - no setting of ours
