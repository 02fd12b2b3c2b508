"""The contracts of the gRPC services, and what makes code and locks of them. Nothing here is part of the package."""
