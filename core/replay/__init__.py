"""A recorded cluster that answers like a living one: a read-only Kubernetes API over a folder of JSON.

Absent is not empty: what was not recorded is not served, and says so. Nothing here can write, and nothing
reads outside the replay's folder. Recording is `record`; the folder's form is described in `dump`.
"""
