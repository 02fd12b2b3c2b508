"""`rollouts-router serve` on the real API server: who may move which traffic. Runs the command, imports nothing of it."""
