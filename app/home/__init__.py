"""The pages between the packages: start, help now, about, and the signs of life."""
