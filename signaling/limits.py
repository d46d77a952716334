"""Bounds on everything a client may send, in one place."""

SIGNAL_MESSAGE_BYTES = 2 * 1024 * 1024  # as livekit-server
JOIN_REQUEST_BYTES = 1024 * 1024  # after gunzip: a bomb stops here
QUERY_BYTES = 64 * 1024
SDP_BYTES = 512 * 1024
SDP_SECTIONS = 512
DATA_PACKET_BYTES = 64 * 1024
METADATA_BYTES = 64 * 1024  # metadata, name and attributes together
IDENTITY_BYTES = 256
ROOM_NAME_BYTES = 256
TRACKS_PER_PARTICIPANT = 32
NAMES_PER_MESSAGE = 1024  # track sids in one subscription or setting
REQUEST_BODY_BYTES = 1024 * 1024  # RoomService
DATAGRAM_BYTES = 2048
TRAIN_PACKETS = 16  # of one picture that leave together: below 64 KiB and 64 segments
SIGNAL_BACKLOG_BYTES = 4 * 1024 * 1024  # a client that stops reading is let go
DATA_BACKLOG_BYTES = 8 * 1024 * 1024
LOSSY_BACKLOG_BYTES = 64 * 1024
TCP_BACKLOG_BYTES = 64 * 1024  # waiting for one reader; more is dropped
TCP_CONNECTIONS = 2048  # of one worker
TCP_CONNECTIONS_PER_TRANSPORT = 8
TCP_STRANGERS = 256  # connections that have not proven anything yet
TCP_STRANGERS_PER_ADDRESS = 32  # a hospital behind one address may join all at once
# A client that hears nothing for so long connects again: after it changed networks, that is what
# brings it back. Answers are tiny, and coming back costs no media.
PING_SECONDS, SILENCE_SECONDS = 1, 2
CONSENT_SECONDS = 15  # no connectivity check for so long: the line is dead (RFC 7675)
