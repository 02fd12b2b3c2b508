"""Proof on real programs: a stock controller, real APIs, real traffic. Nothing here imports the product."""
