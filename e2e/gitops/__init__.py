"""What the recipes of docs/gitops.md do, shown with the code of Argo CD and Flux on a real control plane."""
