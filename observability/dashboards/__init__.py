"""Dashboards: what they show as values, and the JSON that Grafana reads of it."""
