"""Everything that can change the world: actions (pure), the clients that preview and write, and later the gate.

Nothing here is reachable from any surface yet. Only the executor may hold a mutator; actions receive one.
"""
