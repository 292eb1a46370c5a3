"""Ray and Dask: where joblib does what is done in parts, when one machine is outgrown."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from forerun.adapters.framework import framework
from forerun.core import UnknownName

BACKENDS = ("loky", "ray", "dask")


@contextmanager
def on_backend(name: str, jobs: int) -> Generator[None]:
    """Within it, joblib works there. Ray and Dask use the cluster that their environment names, else a local one.

    Args:
        name: ``"loky"`` for processes of this machine, ``"ray"``, ``"dask"``.
        jobs: parts done at once.

    Raises:
        UnknownName: it is none of these.
        MissingExtra: its package is not installed.

    Example:
        >>> import joblib
        >>> with on_backend("loky", 1):
        ...     joblib.Parallel()(joblib.delayed(abs)(x) for x in (-1, 2))
        [1, 2]
    """
    import joblib

    if name not in BACKENDS:
        raise UnknownName("backend", name, BACKENDS, where="--backend")
    if name == "ray":
        with _ray(jobs), joblib.parallel_config(backend="ray", n_jobs=jobs):
            yield
    elif name == "dask":
        client = framework("distributed", extra="dask").Client(n_workers=jobs, threads_per_worker=1)
        with client, joblib.parallel_config(backend="dask", n_jobs=jobs):
            yield
    else:
        with joblib.parallel_config(backend="loky", n_jobs=jobs):
            yield


@contextmanager
def _ray(jobs: int) -> Generator[None]:
    """A cluster of Ray's, let go of afterwards where it was not there before."""
    ray, backend = framework("ray", extra="ray"), framework("ray.util.joblib", extra="ray")
    begun = not ray.is_initialized()
    if begun:
        ray.init(num_cpus=jobs, include_dashboard=False, log_to_driver=False)
    backend.register_ray()
    try:
        yield
    finally:
        if begun:
            ray.shutdown()
