"""What media does with calls: one actor a call, which talks to phones, the engine, routing and the ACD."""
