"""Canaries of Rollouts that KEDA scales: what is held, by whom, what is put back, and what a weight has to wait for.

Values in, a merge patch or a sentence out. Nothing here reads or writes an object, and nothing here ever sets a
number of replicas. Source of the rules: docs/keda.md.
"""
