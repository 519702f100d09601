"""MongoDB documents of channels. Only this package imports the driver.

Collections: channels, visitors, tokens (of visitors), updates (raw, as providers sent them), conversations, messages,
attachments with their bytes in GridFS (`files.*`), counters, outbox.
"""

from antiphon.channels.store.channels import ChannelStore
from antiphon.channels.store.conversations import ConversationStore
from antiphon.channels.store.erasing import ErasingStore
from antiphon.channels.store.files import FileStore
from antiphon.channels.store.indexes import COLLECTIONS, INDEXES
from antiphon.channels.store.mailboxes import MailboxStore
from antiphon.channels.store.search import SearchStore
from antiphon.channels.store.surveys import SurveyStore
from antiphon.channels.store.updates import UpdateStore

__all__ = [
    "COLLECTIONS",
    "INDEXES",
    "ChannelStore",
    "ConversationStore",
    "ErasingStore",
    "FileStore",
    "MailboxStore",
    "SearchStore",
    "SurveyStore",
    "UpdateStore",
]
