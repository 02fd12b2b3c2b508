"""Real traffic through gateways that nobody here wrote, to pods that answer; see README.md.

Here live the gateways' start and stop, the pods' answers, the requests and their counting. The control plane is
the bed's. Nothing of the product is known but its executable file and its manifest.
"""
