"""Access to the Kubernetes API: objects in, objects out. What they mean lives elsewhere."""
