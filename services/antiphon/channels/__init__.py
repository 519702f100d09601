"""Channels owns conversations with customers over every text channel: web chat and Telegram today.

It stores what a provider delivers before it says "yes", asks routing what to do, asks the ACD for a person, and carries
answers back. It never decides: a scheme receives, the ACD distributes, a person answers.
"""
