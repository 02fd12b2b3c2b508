"""The benchmark: the plugin under the Go host, beside the floor of the same requests, on the test bed.

Here lives what is measured and how it is told. It asserts nothing about time: a slow figure is a figure. The
product is a command to launch here, never an import.
"""
