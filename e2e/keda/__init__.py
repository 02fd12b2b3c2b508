"""Canaries that KEDA scales: a real KEDA operator, a stock controller, and a trigger that the tests switch.

Here live KEDA's own programs and objects, and every scenario of the specification's section 6.9: each test carries
the number and the sentence of its own. How a route is weighed is the business of `e2e.scenarios`.
"""
