"""`rollouts-router why`: what holds a Rollout up, in sentences, and what to do about it."""
