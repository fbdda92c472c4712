"""Exact questions in one wording that `reading` understands, each with the other wordings people use for it.

Data only. What is like one of the wordings is asked again in the first one, with the names and numbers it holds.
"""
