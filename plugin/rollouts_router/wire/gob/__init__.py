"""The encoding of Go's `encoding/gob`, both directions; imports nothing."""
