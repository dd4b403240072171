"""Notes in a folder which part each process of a cluster plays, so that a fault can be aimed; names its machine."""

from __future__ import annotations

import os
import socket
from multiprocessing.process import BaseProcess
from pathlib import Path

from django.apps import AppConfig

FOLDER_VARIABLE = "FAULTS_PARTS"
HOST_VARIABLE = "FAULTS_HOST"


class VictimsConfig(AppConfig):
    """Each process of a django-q2 cluster is one of multiprocessing's, started by its sentinel."""

    name = "tests.faults.victims_app"
    label = "victims"
    path = str(Path(__file__).parent)

    def ready(self) -> None:
        """Note each process right after it was started."""
        if FOLDER_VARIABLE not in os.environ:
            return
        if name := os.environ.get(HOST_VARIABLE):
            setattr(socket, "gethostname", lambda: name)  # noqa: B010 - of this process alone
        start = BaseProcess.start

        def start_and_note(process: BaseProcess) -> None:
            # Private, and gone once it runs.
            part = getattr(process, "_target").__name__.lower()  # noqa: B009
            start(process)
            if part == "sentinel":
                _note(os.getpid(), "cluster")
            _note(process.pid, part)

        setattr(BaseProcess, "start", start_and_note)  # noqa: B010 - as above


def _note(pid: int | None, part: str) -> None:
    cluster = os.environ.get("Q_CLUSTER_NAME") or "default"
    Path(os.environ[FOLDER_VARIABLE], str(pid)).write_text(f"{part} {cluster}")


def note_done(path: str, number: int) -> None:
    """A task that leaves its number: the cluster works."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{number}\n".encode())
    os.close(descriptor)
