"""What connects the kit to other platforms: GitOps tools, OpenShift, and monitoring that Argo Rollouts does not know."""
