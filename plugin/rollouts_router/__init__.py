"""Traffic router for Argo Rollouts on the Gateway API."""
