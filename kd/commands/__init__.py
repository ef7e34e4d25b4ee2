"""The verbs of `circuit-vqa kd`, one file each."""
