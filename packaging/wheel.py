"""Packs a program into a wheel, so that `pip install` puts it among a virtual environment's programs.

The form is the binary distribution format of Python's packaging specifications. No build backend is needed: there is no
Python in it.
"""

import argparse
import base64
import csv
import hashlib
import io
import os
import time
import zipfile
from pathlib import Path

# The oldest glibc that packaging/build.sh links against.
GLIBC = "2_17"
LICENCES = "(MIT OR Apache-2.0) AND CC-BY-SA-4.0 AND Apache-2.0"


def metadata(options, licences):
    """The file METADATA."""
    fields = [
        ("Metadata-Version", "2.4"),
        ("Name", options.name),
        ("Version", options.version),
        ("Summary", options.summary),
        ("License-Expression", LICENCES),
        *(("License-File", licence.name) for licence in licences),
        ("Classifier", "Environment :: Console"),
        ("Classifier", "Operating System :: POSIX :: Linux"),
        ("Classifier", "Topic :: Software Development :: Testing"),
        ("Requires-Python", ">=3.8"),
        ("Description-Content-Type", "text/markdown"),
    ]
    head = "".join(f"{key}: {value}\n" for key, value in fields)
    return f"{head}\n{options.readme.read_text(encoding='utf-8')}".encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--name", "--version", "--summary", "--machine"):
        parser.add_argument(option, required=True)
    for option in ("--program", "--licences", "--readme"):
        parser.add_argument(option, required=True, type=Path)
    parser.add_argument("folder", type=Path, help="the wheel goes there")
    options = parser.parse_args()

    stem = f"{options.name.replace('-', '_')}-{options.version}"
    platforms = [f"manylinux_{GLIBC}_{options.machine}", f"manylinux2014_{options.machine}"]
    licences = sorted(options.licences.iterdir())
    tags = "".join(f"Tag: py3-none-{platform}\n" for platform in platforms)
    wheel = f"Wheel-Version: 1.0\nGenerator: packaging/wheel.py\nRoot-Is-Purelib: false\n{tags}"
    files = [
        (f"{stem}.data/scripts/{options.program.name}", options.program.read_bytes(), 0o755),
        (f"{stem}.dist-info/METADATA", metadata(options, licences), 0o644),
        (f"{stem}.dist-info/WHEEL", wheel.encode(), 0o644),
    ]
    for licence in licences:
        files.append((f"{stem}.dist-info/licenses/{licence.name}", licence.read_bytes(), 0o644))

    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for name, content, _ in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={digest}", len(content)])
    rows.writerow([f"{stem}.dist-info/RECORD", "", ""])
    files.append((f"{stem}.dist-info/RECORD", record.getvalue().encode(), 0o644))

    # The same content gives the same file. A zip knows no time before 1980.
    epoch = max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), 315532800)
    path = options.folder / f"{stem}-py3-none-{'.'.join(platforms)}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, time.gmtime(epoch)[:6])
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


if __name__ == "__main__":
    main()
