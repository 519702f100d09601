"""Use cases of the ACD.

`keeper` holds one tenant's brain and journals what happens to it; `shards` decides which process leads which tenants;
`setup` turns queue records and directory's people into the brain's configuration; `work` is what people and services
ask for; `messages` shows the brain's state as protobuf.
"""
