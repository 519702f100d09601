"""SMS by SMPP 3.4, or by a provider's HTTP gateway that signs."""
