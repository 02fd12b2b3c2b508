"""The yamux multiplexer, server side; imports nothing."""
