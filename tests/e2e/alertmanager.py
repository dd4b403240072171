"""The real Prometheus Alertmanager, told to post to the desk at once."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import requests

from tests.plugins.system import program

CONFIG = """
route:
  receiver: desk
  group_by: ['alertname']
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: desk
    webhook_configs:
      - url: {url}/in/alertmanager/
        send_resolved: true
        http_config:
          authorization:
            type: Bearer
            credentials: {token}
"""


class Alertmanager:
    """Started with `start`; fires what it is given."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, port: int, desk_url: str, token: str) -> None:
        """Write its configuration and wait until it is ready."""
        self.port = port
        config = self.directory / "alertmanager.yml"
        config.write_text(CONFIG.format(url=desk_url, token=token))
        command = [
            program("prometheus-alertmanager"),
            f"--config.file={config}",
            f"--storage.path={self.directory / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with (self.directory / "alertmanager.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 20
        while True:
            try:
                if requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=2).ok:
                    return
            except requests.RequestException:
                assert time.monotonic() < end, (self.directory / "alertmanager.log").read_text()
                time.sleep(0.1)

    def fire(self, **labels: str) -> None:
        """Fire one alert, as Prometheus would."""
        alert = {
            "labels": labels,
            "annotations": {"summary": "Payments API answers with errors", "description": "Error rate above 5 %."},
            "startsAt": datetime.now(UTC).isoformat(),
            "generatorURL": "http://prometheus.vendor.example/graph",
        }
        answer = requests.post(f"http://127.0.0.1:{self.port}/api/v2/alerts", json=[alert], timeout=5)
        assert answer.ok, answer.text

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
