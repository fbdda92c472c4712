"""Everything that can change the world. Empty until the gate is built: nothing can change anything."""
