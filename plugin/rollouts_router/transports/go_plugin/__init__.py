"""go-plugin over gRPC: its own services on the plugin's socket, and when a conversation is over. Routes nothing.

`go_plugin_pb2*` are made from protos/ (`make protos`) and never edited.
"""
