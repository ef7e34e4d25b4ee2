"""What a teacher adds: analyses, solutions, distillation sets."""
