"""One coroutine per operation: read, plan, patch. The decisions are `core`'s, the requests `kube`'s."""
