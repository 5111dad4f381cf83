"""The servers that a run reads from: processes of `tmqbench serve` on this machine."""
import pathlib
import subprocess
import sys

# Go and Java refuse versions below this one.
VERSION = ("--report-version", "3.3.6.0")


class _Process:
    """A server, which says where it listens once it does."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline()
        if not said.startswith("listening on "):
            sys.exit(f"the server does not start: {said}")
        self.port = said.split()[-1]
        self.url = f"ws://127.0.0.1:{self.port}"

    def cpu_seconds(self):
        """That it has used so far, all its threads together."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Server(_Process):
    """A running `tmqbench serve`, and what it serves: so many messages, and rows in all."""

    def __init__(self, program, messages, rows_per_block, blocks=1, tls=None, vgroups=2, more=()):
        self.messages, self.rows = messages, messages * rows_per_block * blocks
        command = [program, "serve", *VERSION, "--rows", str(self.rows), "--rows-per-block", str(rows_per_block), "--blocks-per-message", str(blocks),
                   "--vgroups", str(vgroups), *more]
        if tls:
            command += ["--tls-certificate", tls[0], "--tls-key", tls[1]]
        super().__init__(command)
        if tls:
            self.url = f"wss://127.0.0.1:{self.port}/?tls.ca.file={tls[0]}"


class PlainServer(_Process):
    """A running `plain_server`: the same messages, all there before anybody asks for them."""

    def __init__(self, program, messages, rows_per_block, blocks=1):
        self.messages, self.rows = messages, messages * rows_per_block * blocks
        super().__init__([program, "--messages", str(messages), "--rows-per-block", str(rows_per_block), "--blocks-per-message", str(blocks)])


def make_certificate(folder):
    """Of a server that nobody has to trust; nothing without openssl."""
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
               "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return files
