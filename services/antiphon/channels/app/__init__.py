"""Use cases of channels, one module each.

    arrivals       a provider's stored update → contact, conversation, message
    reception      asks routing, executes its verbs, keeps timers and repairs what a crash left behind
    work           what the ACD tells: queued, accepted, abandoned, done
    desk           what people do inside conversations: look, write, read
    handover       what people do with them: close, transfer, take
    delivery       carries stored messages to the provider
    visitors       who is behind a browser
    files          attachments in and out
    typing         tells that somebody types
    channel_setup  connecting channels

All of them change a conversation only through `conversations.Conversations`.
"""
