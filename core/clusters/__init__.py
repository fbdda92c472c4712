"""Connections to clusters and the read-only transport that every read goes through.

`transport` is the wall, `reader` the typed reads, `connect` makes them from a URL or a kubeconfig.
"""
