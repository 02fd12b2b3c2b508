"""What ends the demo early. The text is for whoever started it, and is all that they see."""


class DemoError(Exception):
    """Something the demo needs is missing, or did not do in time what it had to."""
