"""Add up the JUnit reports of the stages named, in one closing line."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

REPORTS = Path(__file__).resolve().parent.parent / "var" / "tests"


def main(stages: list[str]) -> None:
    """Print how many tests passed, failed and were left out over all stages."""
    total = failed = skipped = 0
    for stage in stages:
        report = REPORTS / f"{stage}.xml"
        if not report.exists():
            continue
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - our own pytest wrote it
            total += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")


if __name__ == "__main__":
    main(sys.argv[1:])
