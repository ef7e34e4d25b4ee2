"""Lets FSDP2 shard a model over several CPU processes: swift imports this file where a recipe names it.

accelerate 1.15 takes up FSDP on a list of kinds of machine in which MULTI_CPU is missing (`AcceleratorState`): on CPUs
`fsdp` is left out and plain DDP runs, unsaid. Here the processes are called by a name of that list before swift asks
(accelerator_config: use_configured_state), while device and backend stay cpu and gloo. For seeing FSDP2 work on the
stand-in, nothing else. See docs/distributed.md.
"""

from __future__ import annotations

from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType

AcceleratorState._reset_state(reset_partial_state=True)
PartialState(cpu=True)
PartialState._shared_state["distributed_type"] = DistributedType.MULTI_GPU
