"""Lets DeepSpeed train on several CPU processes: swift imports this file where a recipe names it.

Without a GPU accelerate 1.15 finds no backend (`PartialState._prepare_backend`) and takes every process for the only
one; with `use_cpu` it finds gloo and counts right, but nobody starts DeepSpeed's own communication before the model is
loaded, so DeepSpeed 0.19 counts one (`DeepSpeedConfig.__init__`). Either way the sizes of a batch contradict each other
and the run ends in an assertion. Started here, before both look, they agree. See docs/distributed.md.
"""

from __future__ import annotations

import deepspeed

deepspeed.init_distributed(dist_backend="gloo", auto_mpi_discovery=False)
