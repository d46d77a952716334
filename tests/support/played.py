"""What FFmpeg hears in a voice that we wrote."""

import subprocess
from pathlib import Path


def decoded(ogg: bytes, folder: Path) -> tuple[float, float]:
    """Length in seconds and loudest sample in dB, as ffmpeg decodes the file."""
    path = folder / "played.ogg"
    path.write_bytes(ogg)
    command = ["ffmpeg", "-hide_banner", "-i", str(path), "-af", "volumedetect"]
    done = subprocess.run([*command, "-f", "null", "-"], check=True, capture_output=True, text=True)
    assert "rror" not in done.stderr
    samples = float(done.stderr.split("n_samples:")[1].split()[0])
    peak = float(done.stderr.split("max_volume:")[1].split("dB")[0])
    channels = 2 if "stereo" in done.stderr else 1
    return samples / 48_000 / channels, peak
