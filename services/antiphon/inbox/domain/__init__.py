"""Pure decisions of the inbox: who sees which fact, what a slow socket loses first, which request is foreign."""
