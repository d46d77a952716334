"""Who meets, when, about which case: facilities, series, sessions, cases, gates, agenda."""
