"""A kind cluster with a gateway, the stock controller and the router, and a canary with real traffic; see README.md.

Here live the scripts that make and remove a cluster, and the place where traffic flows as the assertions of
`e2e.gateways` see it. What is asserted does not live here.
"""
