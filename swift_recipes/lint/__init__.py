"""`circuit-vqa recipes lint`: a YAML for ms-swift is read by eyes that know its arguments and its traps."""
