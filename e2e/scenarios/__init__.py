"""What teams live through: canaries, mistakes and outages, each through the stock controller on a real API server.

Tests in this folder share one bed and run side by side, each in a namespace of its own. Those in `alone` disturb
everybody, so each module of it has a bed of its own.
"""

import pytest

# What these assert is worth as much explanation as in a test.
pytest.register_assert_rewrite(
    "e2e.scenarios.application", "e2e.scenarios.site", "e2e.scenarios.steps.stepping"
)
