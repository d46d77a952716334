"""All URLs of the product: one class per subject, each giving its doors."""
