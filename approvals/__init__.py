"""Everything that can change the world. `desk` asks, `office` previews and decides, `executor` alone writes.

`actions/` is the catalogue, each pure; `ledger` keeps the changes; `service` puts the room together.
"""
