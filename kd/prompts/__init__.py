"""What teachers are asked with for distillation. A changed text is a new file with a higher version."""
