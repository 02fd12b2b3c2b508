"""How rollouts-router is installed: kustomize bases, components and overlays, and the roles that are generated for them."""
