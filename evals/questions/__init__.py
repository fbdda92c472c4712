"""Exact questions about a cluster of 300 objects: the cluster, the questions, an independent oracle, and the score."""
