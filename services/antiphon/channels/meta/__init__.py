"""What WhatsApp and Messenger share: Meta's signature, its Graph API and the words for its refusals."""
