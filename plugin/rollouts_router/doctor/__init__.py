"""`rollouts-router doctor`: whether an install will work, and why not. Nothing here writes to a cluster."""
