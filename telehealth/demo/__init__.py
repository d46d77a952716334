"""The invented conference: people, cases and real images to try the product with."""
