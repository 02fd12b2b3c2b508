module rollouts-router/e2e/golden/vectors

go 1.26
