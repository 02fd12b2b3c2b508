"""Canaries with more than weights: header, mirror and experiment steps, routes in common, weights that are verified."""
