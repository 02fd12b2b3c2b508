"""Releases of the chart, judged: by a real Prometheus, and by a stand-in for New Relic's query API."""
