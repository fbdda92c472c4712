"""Questions that no runbook of the benchmark answers: does search say so?"""
