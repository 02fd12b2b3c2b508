"""Rules and dashboards, judged by Prometheus' own programs and against the stock controller's metrics."""
