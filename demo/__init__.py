"""The first command of the README: a canary with real requests, on one machine, with nothing but Python.

Real are the router's process and its net/rpc wire, Traefik, and every request that is counted. Two things are
stand-ins and say so on the screen: the Kubernetes API is a small one in this process (`api`), and the controller's
part is played by a few lines (`controller`). With `CONTROLLER=stock` both are real too (`stock`).

Nothing here is imported by the product. The hosts and selectors that the tests have are used, not copied.
"""
