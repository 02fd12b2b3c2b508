"""A bridge between Argo Rollouts' web metric and monitoring that it has no provider for. The contract: docs/bridge.md."""
