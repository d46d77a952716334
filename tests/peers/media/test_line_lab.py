"""The lab's lines lose, delay and shape as they say, and leave nothing behind."""

import json
import sys

import pytest

from tests.support.line_lab import Host, Lab, line_lab, run

_ECHO = [sys.executable, "-m", "tests.support.echo"]
_PORT = 5000


def _server(lab: Lab) -> Host:
    server = lab.host("server", lab.line("cable"))
    answering = server.popen([*_ECHO, "return", str(_PORT)]).stdout
    assert answering is not None
    assert answering.readline() == b"ready\n"
    return server


def _ask(site: Host, address: str, count: int, size: int) -> dict[str, float]:
    command = [*_ECHO, "ask", address, str(_PORT), str(count), str(size)]
    found: dict[str, float] = json.loads(site.run(*command))
    return found


def test_a_line_without_faults_returns_everything_by_both_families(lab: Lab) -> None:
    server, site = _server(lab), lab.host("site", lab.line("wifi"))
    for address in (server.address, server.address6):
        assert _ask(site, address, 100, 100)["share"] == 1


def test_a_lossy_line_loses_its_share_in_each_direction(lab: Lab) -> None:
    server, site = _server(lab), lab.host("site", lab.line("wifi", loss=0.1))
    # 0.9 * 0.9 comes back; 3000 throws stray less than 0.05 from it.
    assert 0.76 < _ask(site, server.address, 3000, 20)["share"] < 0.86


def test_a_far_and_narrow_line_takes_its_time(lab: Lab) -> None:
    server = _server(lab)
    site = lab.host("site", lab.line("wifi", kbit=4000, delay_ms=40))
    assert _ask(site, server.address, 10, 100)["fastest"] >= 0.08
    many = _ask(site, server.address, 200, 1200)  # 1.9 Mbit, of which the queue holds 0.8
    assert 0.3 < many["share"] < 1
    assert many["share"] * 200 * 1228 * 8 / many["whole"] < 4_000_000 * 1.1


def test_a_blocked_site_reaches_nothing_until_the_block_goes(lab: Lab) -> None:
    server, site = _server(lab), lab.host("site", lab.line("wifi"))
    site.block(f"udp dport {_PORT}")
    assert _ask(site, server.address, 3, 20)["share"] == 0
    site.block()
    assert _ask(site, server.address, 3, 20)["share"] == 1


def test_a_host_that_moves_comes_from_another_address(lab: Lab) -> None:
    server = _server(lab)
    site = lab.host("site", lab.line("wifi"), lab.line("mobile"))
    before = site.run("ip", "route", "get", server.address)
    site.move_to("mobile")
    assert _ask(site, server.address, 3, 20)["share"] == 1
    after = site.run("ip", "route", "get", server.address)
    assert (site.links[0].address in before, site.links[1].address in after) == (True, True)


def test_a_failing_test_leaves_no_namespace_behind() -> None:
    before = run("ip", "netns", "list")

    def fail() -> None:
        with line_lab() as lab:
            _server(lab)
            lab.host("site", lab.line("wifi", delay_ms=10)).run("false")

    with pytest.raises(AssertionError, match="false"):
        fail()
    assert run("ip", "netns", "list") == before
