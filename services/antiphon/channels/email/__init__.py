"""Mailboxes: read by IMAP, answered by SMTP. A thread of mails is a conversation."""
