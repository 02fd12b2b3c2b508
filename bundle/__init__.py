"""Builds what is given to users: the self-contained executable, the OCI image, wheel and sdist, SBOM and licences.

Runs on a developer's or CI machine and is no part of the product; nothing here is imported by it.
"""
