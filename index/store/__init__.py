"""The index on disk: one SQLite file a source, one writer at a time, readers in any number of processes.

Guarantees: what was acknowledged survives kill -9; a chunk is there once, by content id; text that other redaction
rules let through is never served. Why a file a source and not one for all: a folder named on the command line then
shares its index with a configured one, and building a large source holds up no other. Why the standard library's
sqlite3 and not SQLAlchemy: one dialect, six statements, and a lighter import for `interlock search`.
"""
