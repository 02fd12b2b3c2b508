"""The demo as a process, as somebody starts it who has read the first lines of the README."""
