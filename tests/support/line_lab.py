"""Hospitals' lines on one machine: hosts in network namespaces around a router of ours.

    with line_lab() as lab:
        server = lab.host("server", lab.line("cable"))
        site = lab.host("site", lab.line("wifi", kbit=4000, loss=0.03), lab.line("mobile"))
        site.popen([...]); site.move_to("mobile"); site.block("udp dport != 53")

Rate is a token bucket (tbf) at both ends, loss is nft's numgen in the router, delay is a relay of
ours (slow_wire.py) between the two ends. Needs root on Linux. Whatever a test does, the namespaces
and the processes in them end with the block; what a killed run left is removed by the next one.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_ONES = re.compile(r"lab(\d+)-\w+")
_STOP_SECONDS = 10


@dataclass(frozen=True)
class Line:
    """What one line does to packets, the same in both directions."""

    name: str  # also the device's name inside the host
    kbit: int = 0  # per second; 0: as fast as the machine
    loss: float = 0.0  # share of packets
    delay_ms: int = 0  # one way


@dataclass
class Link:
    """A line as it was laid: numbered, because its addresses follow from the number."""

    number: int
    line: Line
    blocked: list[str] = field(default_factory=list)  # nft matches on what comes from the host

    @property
    def far(self) -> str:
        """The device at the router."""
        return f"link{self.number}"

    @property
    def address(self) -> str:
        """The host's IPv4 address on this line."""
        return f"10.77.{self.number}.2"

    @property
    def address6(self) -> str:
        """The host's IPv6 address on this line."""
        return f"fd77:{self.number}::2"

    def rules(self) -> list[str]:
        """The router's rules for this line, in nft's words."""
        own = f"iifname {self.far} ip saddr != 10.77.{self.number}.0/24"
        found = [f"iifname {self.far} {match} drop" for match in self.blocked]
        found.append(f"{own} drop")  # as providers do: nobody takes an address along
        share = round(self.line.loss * 1000)
        if share:
            ways = (f"iifname {self.far}", f"oifname {self.far}")
            found += [f"{way} numgen random mod 1000 < {share} drop" for way in ways]
        return found


class Host:
    """One machine of the lab; its first line carries the traffic until it moves."""

    def __init__(self, lab: "Lab", name: str, links: tuple[Link, ...]) -> None:
        self.lab, self.name, self.links = lab, name, links
        self.space = lab.space(name)

    @property
    def address(self) -> str:
        """The IPv4 address on the first line."""
        return self.links[0].address

    @property
    def address6(self) -> str:
        """The IPv6 address on the first line."""
        return self.links[0].address6

    def inside(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` on this host."""
        return ["ip", "netns", "exec", self.space, *command]

    def run(self, *command: str) -> str:
        """Runs to its end; what it printed."""
        return run(*self.inside(command))

    def popen(self, command: Sequence[str], log: Path | None = None) -> "subprocess.Popen[bytes]":
        """A process of this host that ends with the lab; both its pipes are open."""
        return self.lab.popen(self.inside(command), log)

    def script(self, command: str, folder: Path) -> Path:
        """A program file that runs `command` on this host, for what wants a path to start."""
        path = folder / f"{self.name}-{Path(command).name}"
        path.write_text(f'#!/bin/sh\nexec {" ".join(self.inside([command]))} "$@"\n')
        path.chmod(0o755)
        return path

    def move_to(self, name: str) -> None:
        """Another line carries the traffic from now on; the others go down (Wi-Fi to 4G)."""
        for link in self.links:
            if link.line.name != name:
                self.run("ip", "link", "set", link.line.name, "down")
                self.run("ip", "addr", "flush", "dev", link.line.name)
        self.lab.route(self, next(link for link in self.links if link.line.name == name))

    def narrow(self, kbit: int) -> None:
        """The first line carries only so much from now on."""
        link = self.links[0]
        link.line = replace(link.line, kbit=kbit)
        self.lab.shape(self, link)

    def block(self, *matches: str) -> None:
        """The router drops what comes from this host and matches, from now on."""
        for link in self.links:
            link.blocked = list(matches)
        self.lab.write_rules()


class Lab:
    """The router and the hosts around it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._links, self._maps = stack, list[Link](), dict[str, str]()
        self.core = self._make_space("core")
        for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            _set(self.core, name, 1)

    def space(self, name: str) -> str:
        """The namespace of a host."""
        return f"lab{os.getpid()}-{name}"

    def line(self, name: str, *, kbit: int = 0, loss: float = 0.0, delay_ms: int = 0) -> Line:
        """A line for a host to be."""
        return Line(name, kbit, loss, delay_ms)

    def host(self, name: str, *lines: Line) -> Host:
        """A machine with these lines, the first one in use."""
        space = self._make_space(name)
        links = tuple(self._lay(space, line) for line in lines)
        host = Host(self, name, links)
        host.move_to(lines[0].name)
        self.write_rules()
        return host

    def route(self, host: Host, link: Link) -> None:
        """All of the host's packets leave by this link."""
        _addresses(host.space, link.line.name, link.number, 2)
        host.run("ip", "route", "replace", "default", "via", f"10.77.{link.number}.1")
        host.run("ip", "-6", "route", "replace", "default", "via", f"fd77:{link.number}::1")

    def shape(self, host: Host, link: Link) -> None:
        """Both ends of the link carry what its line says."""
        for where, device in ((host.space, link.line.name), (self.core, link.far)):
            _shape(where, device, link.line)

    def map_address(self, public: str, host: Host) -> None:
        """The router turns `public` into the host's address and back (NAT 1:1)."""
        self._maps[public] = host.address
        self.write_rules()

    def write_rules(self) -> None:
        """Tells the router's firewall what every line loses and blocks."""
        rules = "\n".join(rule for link in self._links for rule in link.rules())
        chain = f"chain forward {{ type filter hook forward priority 0;\n{rules}\n}}"
        ways = "\n".join(
            f"ip daddr {public} dnat ip to {own}" for public, own in self._maps.items()
        )
        nat = f"chain maps {{ type nat hook prerouting priority -100;\n{ways}\n}}"
        chain = f"{chain}\n{nat if ways else ''}"
        table = f"table inet lab {{}}\ndelete table inet lab\ntable inet lab {{\n{chain}\n}}\n"
        nft = ["ip", "netns", "exec", self.core, "nft", "-f", "-"]
        subprocess.run(nft, input=table.encode(), check=True, timeout=60)

    def popen(self, command: Sequence[str], log: Path | None) -> "subprocess.Popen[bytes]":
        """A process that ends before the namespaces do."""
        errors = self._stack.enter_context(log.open("wb")) if log else None
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe, stderr=errors)
        self._stack.callback(_end, process)
        return process

    def _make_space(self, name: str) -> str:
        space = self.space(name)
        run("ip", "netns", "add", space)
        self._stack.callback(run, "ip", "netns", "del", space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        # An address is usable at once: no wait for duplicates that cannot be.
        for scope in ("all", "default"):
            _set(space, f"ipv6/conf/{scope}/accept_dad", 0)
        return space

    def _lay(self, space: str, line: Line) -> Link:
        link = Link(len(self._links) + 1, line)
        self._links.append(link)
        near = [line.name, "netns", space]
        if line.delay_ms:
            wire = self._make_space(f"wire{link.number}")
            _pair(near, ["end1", "netns", wire])
            _pair(["end2", "netns", wire], [link.far, "netns", self.core])
            self._relay(wire, line.delay_ms)
        else:
            _pair(near, [link.far, "netns", self.core])
        for where, device in ((space, line.name), (self.core, link.far)):
            _shape(where, device, line)
        _addresses(self.core, link.far, link.number, 1)
        return link

    def _relay(self, wire: str, delay_ms: int) -> None:
        relay = [sys.executable, "-m", "tests.support.slow_wire", "end1", "end2", str(delay_ms)]
        for end in ("end1", "end2"):
            run("ip", "-n", wire, "link", "set", end, "up")
        process = self.popen(["ip", "netns", "exec", wire, *relay], None)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"


@contextmanager
def line_lab() -> Iterator[Lab]:
    """A lab while the block runs."""
    _remove_leftovers()
    with ExitStack() as stack:
        yield Lab(stack)


def run(*command: str) -> str:
    """A command that must succeed; what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def _set(space: str, name: str, value: int) -> None:
    run("ip", "netns", "exec", space, "sh", "-c", f"echo {value} >/proc/sys/net/{name}")


def _pair(one: list[str], other: list[str]) -> None:
    run("ip", "link", "add", *one, "type", "veth", "peer", "name", *other)


def _shape(space: str, device: str, line: Line) -> None:
    # Whole packets with their checksums: what a wire would carry, and what the relay can repeat.
    off = [word for name in ("tx", "gso", "gro", "tso") for word in (name, "off")]
    run("ip", "netns", "exec", space, "ethtool", "-K", device, *off)
    if line.kbit:
        bucket = ["tbf", "rate", f"{line.kbit}kbit", "burst", "8kb", "latency", "200ms"]
        run("tc", "-n", space, "qdisc", "replace", "dev", device, "root", *bucket)


def _addresses(space: str, device: str, link: int, end: int) -> None:
    run("ip", "-n", space, "link", "set", device, "up")
    for address in (f"10.77.{link}.{end}/24", f"fd77:{link}::{end}/64"):
        run("ip", "-n", space, "addr", "replace", address, "dev", device)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _remove_leftovers() -> None:
    for name in run("ip", "netns", "list").split():
        match = _ONES.fullmatch(name)
        if match and not Path(f"/proc/{match[1]}").exists():
            run("ip", "netns", "del", name)
