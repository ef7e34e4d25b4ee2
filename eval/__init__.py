"""EvalScope benches, runs, comparisons."""
