"""MongoDB documents of channels. Only this package imports the driver.

Collections: channels, visitors, tokens (of visitors), updates (raw, as providers sent them), conversations, messages,
attachments with their bytes in GridFS (`files.*`), counters, outbox; what makes working with them quick: tags, canned,
macros, sla, mentions, blocks; sites' forms with their leads.
"""

from antiphon.channels.store.blocks import BlockStore
from antiphon.channels.store.channels import ChannelStore
from antiphon.channels.store.conversations import ConversationStore
from antiphon.channels.store.erasing import ErasingStore
from antiphon.channels.store.files import FileStore
from antiphon.channels.store.indexes import COLLECTIONS, INDEXES
from antiphon.channels.store.leads import LeadStore
from antiphon.channels.store.mailboxes import MailboxStore
from antiphon.channels.store.mentions import MentionStore
from antiphon.channels.store.sealing import STORED
from antiphon.channels.store.search import SearchStore
from antiphon.channels.store.surveys import SurveyStore
from antiphon.channels.store.updates import UpdateStore
from antiphon.channels.store.workbench import WorkbenchStore

__all__ = [
    "COLLECTIONS", "INDEXES", "STORED", "BlockStore", "ChannelStore", "ConversationStore", "ErasingStore",
    "FileStore", "LeadStore", "MailboxStore",
    "MentionStore", "SearchStore", "SurveyStore", "UpdateStore", "WorkbenchStore",
]  # fmt: skip
