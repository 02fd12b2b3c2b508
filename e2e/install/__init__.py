"""An install as a user makes one: the release's manifests, ours over them, and the commands of the pages as they stand."""
