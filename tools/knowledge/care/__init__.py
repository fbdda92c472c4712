"""The care of runbooks: what is missing, dead, stale, or was asked and never answered. Pure checks over pages that were read."""
