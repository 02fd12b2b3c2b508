"""The doors of the router side by side: clients of its gRPC service that nobody here wrote, and one table for all.

Here live a Go program made of go-plugin and of code generated from our proto, the tools that make it, grpcurl, and what
is proved with them on the real API server.
"""
