"""The real peer: a Go host made of Argo Rollouts' own packages, and what is proved with it.

Here live the host's sources (`host`), the release lines that it is built for, and its driver. No cluster is
needed here, and nothing of the product is imported: the plugin is a command to launch.
"""
