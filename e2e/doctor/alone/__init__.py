"""Clusters of their own: with KEDA's and Argo CD's objects, and with CRDs that are old or missing."""
