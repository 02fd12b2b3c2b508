"""`python -m rollouts_router`: hands over to `cli`, nothing else."""

from rollouts_router.cli import main

raise SystemExit(main())
