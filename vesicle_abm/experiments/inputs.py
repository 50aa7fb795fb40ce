"""The files that the scenarios of a study name, kept in its folder under names that hold a hash of their content."""

import hashlib
import shutil
from pathlib import Path

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.rundir import whole_file
from vesicle_abm.scenario import Scenario

FILE = "graph.file"


class Inputs:
    """The folder of such files, and where each came from.

    ``names``: path as the scenario gives it -> name in the folder.
    """

    def __init__(self, folder: Path, names: dict[str, str] | None = None):
        self.folder, self.names = folder, dict(names or {})

    def kept(self, scenario: Scenario) -> Scenario:
        """The scenario with its file read from here; a file that is not here yet is copied.

        Raises
        ------
        InputError
            if the file cannot be read.
        """
        given = scenario.table.graph.file
        if given is None:
            return scenario
        if given not in self.names:
            self.names[given] = self._copy(scenario.folder / given)
        data = scenario.data | {"graph": scenario.data["graph"] | {"file": self.names[given]}}
        return Scenario(data, scenario.source, self.folder)

    def _copy(self, path: Path) -> str:
        try:
            name = f"{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}-{path.name}"
            if not (self.folder / name).exists():
                with whole_file(self.folder / name) as part:
                    shutil.copyfile(path, part)
        except OSError as error:
            raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}", FILE) from None
        return name
