"""The composition root: puts the parts together and runs them from the handshake to the end."""
