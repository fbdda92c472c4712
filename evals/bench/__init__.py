"""Benches: each measures one promise against a target and a peer, and ends in one RESULT line."""
