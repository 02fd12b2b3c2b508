"""What a build can fail with. Nothing else."""


class BundleError(Exception):
    """The build cannot go on; the text says with which file, why, and what to do."""
