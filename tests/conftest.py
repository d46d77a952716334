from hypothesis import settings

import telehealth  # noqa: F401  names every constraint before a room's tables are imported

# How long an example takes says how busy the machine is, not whether the rule holds.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
