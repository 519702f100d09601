"""SMS by SMPP 3.4 (an operator's SMSC), or by an HTTP gateway that signs.

The gateway's contract, both ways with `X-Antiphon-Signature: t=<unix>,v1=<hex HMAC-SHA256(secret, t + "." + raw body)>`
(five minutes of tolerance) and JSON bodies:

- to the gateway, POST to the channel's `url`: `{"id", "from", "to", "text"}`; it answers 2xx with `{"id": "…"}`, its
  own name of the text. The same `id` again is the same text. 429 or 503 ask to wait; another 4xx refuses, with
  `{"error"}`.
- from the gateway, POST to `/hooks/{channel}`: a customer's text `{"id", "from", "to", "text"}`, or what became of ours
  `{"id", "status": "delivered"|"failed", "error"?}`, where `id` is the one that it answered with. 200 is given after
  storage; until then it calls again.
"""
