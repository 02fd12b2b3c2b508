"""Generated from protos/rollouts_router/v1 by `make protos`; nothing here is written by hand but this line."""
