"""One small file per family of kinds: the columns a Kubernetes API server prints, and one object's cells.

A family module has `PRINTERS`, a mapping from (group, plural) to its `Printer`; `registry` finds it by itself.
"""
