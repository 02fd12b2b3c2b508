"""`rollouts-router doctor` on a real control plane: a healthy install is called that, and faults are named by code."""
