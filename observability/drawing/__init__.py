"""Pictures for the docs, as SVG: dashboards and an alert, drawn by us from what Prometheus and the templates gave."""
