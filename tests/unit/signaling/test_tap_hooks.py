"""The private names of aiortc and aioice that the tap leans on are still there."""

import inspect

from aioice import Connection
from aiortc.rtcdtlstransport import RTCDtlsTransport


def test_dtls_hands_media_to_the_two_handlers_we_replace() -> None:
    source = inspect.getsource(RTCDtlsTransport._recv_next)
    assert "self._handle_rtp_data(data, arrival_time_ms=arrival_time_ms)" in source
    assert "self._handle_rtcp_data(data)" in source
    assert "self.transport._recv()" in source
    assert "self.transport._send(data)" in inspect.getsource(RTCDtlsTransport._write_ssl)
    assert callable(RTCDtlsTransport._set_role)


def test_ice_gathers_through_the_method_we_extend() -> None:
    parameters = inspect.signature(Connection.get_component_candidates).parameters
    assert list(parameters) == ["self", "component", "addresses", "timeout"]
    assert "self.get_component_candidates(" in inspect.getsource(Connection.gather_candidates)
    assert "remote_is_lite" in inspect.getsource(Connection.check_start)
