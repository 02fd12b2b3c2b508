"""What is looked for, a file a family. How it is looked for is in `checks`.

A code is never given to another rule: it stands in annotations and in the settings of pipelines.
"""
