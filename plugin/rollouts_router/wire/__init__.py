"""Bytes in, events out; bytes out. Sans-I/O; imports nothing, so that the greeting stays quick."""
