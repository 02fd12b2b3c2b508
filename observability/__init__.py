"""Makes what the platform's chart ships: notification templates, rules and dashboards. Nothing of it runs in a cluster."""
