"""The programs that consume with TDengine's own clients: what each needs, how it is built, and how it is called."""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

SOURCES = pathlib.Path(__file__).resolve().parent
BUILD = SOURCES.parent.parent / "build" / "clients"
BUILD_LIMIT_S = 1800


class BuildFailed(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Client:
    language: str
    package: str
    tools: tuple  # which must be on the machine
    steps: tuple  # commands, in the folder of the sources
    program: tuple  # what `consume` and `offsets` are arguments of
    made: str  # what the last step leaves behind, in the folder that is built into
    names_tables: bool = True  # whether the client tells which table a row is of
    most_rows: int = sys.maxsize  # as many as it reads in a time worth waiting for

    def missing_tools(self):
        return [tool for tool in self.tools if shutil.which(tool) is None]

    def is_built(self):
        """Whether the program is there, all of it, with this version of the client."""
        return shutil.which(self.program[0]) is not None and (BUILD / self.language / self.made).exists() and self._stamp().exists() \
            and self._stamp().read_text() == self.package

    def _stamp(self):
        """Written when every step was done: what was begun and not ended looks much like it."""
        return BUILD / f"{self.language}.built"

    def build(self):
        target = BUILD / self.language
        target.mkdir(parents=True, exist_ok=True)
        self._stamp().unlink(missing_ok=True)
        for step in self.steps:
            try:
                done = subprocess.run(step, cwd=SOURCES / self.language, env=os.environ | {"CARGO_TARGET_DIR": str(target)},
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=BUILD_LIMIT_S)
            except subprocess.TimeoutExpired:
                raise BuildFailed(f"{step[0]} took longer than {BUILD_LIMIT_S} s") from None
            if done.returncode != 0:
                raise BuildFailed(f"{' '.join(map(str, step))}\n{done.stdout[-4000:]}")
        self._stamp().write_text(self.package)


def in_build(*parts):
    return str(BUILD.joinpath(*parts))


_ALL = (
    Client(
        language="python",
        package="taos-ws-py 0.7.0",
        tools=("python3",),
        steps=(
            ("python3", "-m", "venv", in_build("python")),
            (in_build("python", "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"),
        ),
        program=(in_build("python", "bin", "python"), str(SOURCES / "python" / "interop.py")),
        made="bin/python",
        names_tables=False,
    ),
    Client(
        language="go",
        package="driver-go v3.8.2",
        tools=("go",),
        steps=(("go", "build", "-trimpath", "-o", in_build("go", "interop"), "."),),
        program=(in_build("go", "interop"),),
        made="interop",
    ),
    Client(
        language="java",
        package="taos-jdbcdriver 3.7.9",
        tools=("java", "javac", "mvn"),
        steps=(("mvn", "--quiet", "--batch-mode", f"-Dclients.build={in_build('java')}", "compile"),),
        program=("java", "-cp", f"{in_build('java', 'classes')}:{in_build('java', 'lib', '*')}", "interop.Main"),
        made="classes/interop/Main.class",
    ),
    Client(
        language="rust",
        package="taos 0.12.3",
        tools=("cargo",),
        steps=(("python3", "lock.py"), ("cargo", "build", "--quiet", "--release", "--locked", "-j2")),
        program=(in_build("rust", "release", "interop"),),
        made="release/interop",
        # two round trips per block, each held up for some 40 ms: docs/interop.md
        most_rows=200_000,
    ),
)

CLIENTS = {client.language: client for client in _ALL}
