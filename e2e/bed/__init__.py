"""The test bed: a real control plane without containers, started and stopped by the tests that need it.

Here live the programs' versions, their start and stop, and small clients for tests. What a test asserts does
not live here, and neither does anything of the product: the bed meets it only as an executable file.
"""
