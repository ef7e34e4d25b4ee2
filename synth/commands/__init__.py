"""The verbs of `circuit-vqa synth`, one a file; `synth/cli.py` lists them."""
