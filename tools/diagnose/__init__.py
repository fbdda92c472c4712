"""Diagnosis: deterministic checks over what was read, tied into cause chains, ended in a verdict. No model anywhere."""
