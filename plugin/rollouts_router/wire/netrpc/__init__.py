"""Calls and replies of Go's `net/rpc` over one gob stream; imports nothing."""
