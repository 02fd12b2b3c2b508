"""`rollouts-router lint`: what is silently wrong in manifests, told from the files alone.

Text in, findings out. Only `sources` reads files, only `command` knows the command line, and nothing here ever asks a
cluster.
"""
