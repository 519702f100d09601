"""The asyncio shell of the SIP stack: one user agent on one address, UDP and TCP on the same port."""
