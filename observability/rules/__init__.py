"""Recording and alerting rules for Prometheus: the delivery metrics, and what somebody has to look at."""
