"""The gRPC server that stands alone: who may come in, how much of everything, and the end. It routes nothing."""
