"""What changed: the revisions of a workload and what each changed in its pod template."""
