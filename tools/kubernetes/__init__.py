"""Reads of a cluster as tools: one small module a tool, over the raw JSON of `core.clusters`.

Guarantees: Secrets show name, type and key names only; what a limit or a refusal hid is said; names are never invented.
Leaves redaction, budgets and records to `tools.registry`, and what it all means to `tools.diagnose`.
"""
