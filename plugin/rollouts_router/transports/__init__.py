"""The asyncio skins around `wire`: they carry calls to handlers and know nothing of routing."""
