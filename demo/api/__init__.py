"""A Kubernetes API in memory, as much of it as a gateway and the router ask for, over real HTTP on loopback.

It is a stand-in: no admission, no schemas, no garbage collection, no rights. What it does it does as the real one:
resource versions, generations, watches with initial events, JSON Patch, status, conflicts.
"""
