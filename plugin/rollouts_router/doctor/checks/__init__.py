"""Checks: facts in, findings out. Nothing here reads a cluster, a clock or a file."""
