"""Writes Cargo.lock: the versions and checksums of versions.lock, under the name that this machine's cargo has for its registry."""
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def main():
    lock = HERE / "Cargo.lock"
    lock.unlink(missing_ok=True)
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=HERE, check=True)
    registry = re.search(r'^source = "(registry\+[^"]+)"$', lock.read_text(), re.MULTILINE).group(1)
    lock.write_text((HERE / "versions.lock").read_text().replace('source = "registry"', f'source = "{registry}"'))


if __name__ == "__main__":
    main()
