"""Scenarios that need a bed of their own: programs are killed, the API goes away, other CRDs are installed."""
