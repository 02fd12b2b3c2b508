"""Service `Plugin` of go-plugin: the controller's records in, router calls, records out."""
