"""The live meeting: LiveKit-protocol signalling, media forwarding and the live log."""
