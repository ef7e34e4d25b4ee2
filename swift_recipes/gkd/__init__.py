"""Distillation on token distributions (GKD): which teacher, whether it fits the student, whether its server will do."""
