"""What media keeps in Mongo: records of calls, recordings, voicemail, faxes, promises to call back."""

from __future__ import annotations

from antiphon.media.store.callbacks import CallbackStore
from antiphon.media.store.calls import CallStore
from antiphon.media.store.faxes import FaxStore
from antiphon.media.store.indexes import COLLECTIONS, INDEXES
from antiphon.media.store.ladders import LadderStore
from antiphon.media.store.links import LinkStore
from antiphon.media.store.sounds import SoundStore
from antiphon.media.store.tallies import TallyStore

__all__ = [
    "COLLECTIONS",
    "INDEXES",
    "CallStore",
    "CallbackStore",
    "FaxStore",
    "LadderStore",
    "LinkStore",
    "SoundStore",
    "TallyStore",
]
