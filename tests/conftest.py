import telehealth  # noqa: F401  names every constraint before a room's tables are imported
