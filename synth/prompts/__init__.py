"""Prompts as files: NAME@VERSION.LANG.md, read by `synth.teacher.prompts`. A changed text needs a new version."""
