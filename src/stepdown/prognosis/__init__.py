"""What is likely to happen under each option: absolute risks with their uncertainty. No assessment shows them yet."""
