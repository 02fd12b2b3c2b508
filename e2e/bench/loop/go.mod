module rollouts-router/e2e/bench/loop

go 1.26.1
