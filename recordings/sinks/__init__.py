"""Where the archive delivers to: a watched folder, a PACS, a record system."""
