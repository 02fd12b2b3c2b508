"""The notification templates, rendered and sent by the stock controller's own code."""
