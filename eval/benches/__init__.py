"""EvalScope benches of circuits. Importing `eval.benches.circuit_mcq` or `circuit_fill` registers it."""
