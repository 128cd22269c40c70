"""Which machines train together, and which of them this is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import UserError
from app.settings.flags import option


def workers_option() -> Any:
    """The flag `--workers`."""
    return option(
        None,
        "train on several machines: the addresses of all, HOST:PORT with commas "
        "between them, the same on each (default: those of TF_CONFIG, else this "
        "machine alone)",
        metavar="ADDRESSES",
    )


def worker_index_option() -> Any:
    """The flag `--worker-index`."""
    return option(
        None,
        "which of the --workers this is, counted from 0; worker 0 reads the text and "
        "writes the model",
        type=int,
        metavar="I",
    )


@dataclass(frozen=True)
class Workers:
    """The machines that train together, and which of them this is.

    Attributes:
        addresses: HOST:PORT of each; the first reads the text and writes the model.
        index: of this one.
    """

    addresses: tuple[str, ...]
    index: int

    def __post_init__(self) -> None:
        """Refuses what cannot be a cluster.

        Raises:
            UserError: says which address or index.
        """
        for address in self.addresses:
            host_and_port(address)
        if len(set(self.addresses)) < len(self.addresses):
            raise UserError(
                f"The workers {', '.join(self.addresses)} are not all different. Give "
                "each its own host or port."
            )
        if not 0 <= self.index < len(self.addresses):
            raise UserError(
                f"--worker-index is {self.index}, but with {len(self.addresses)} "
                f"workers it must be from 0 to {len(self.addresses) - 1}"
            )

    @property
    def others(self) -> range:
        """The indices of all workers but the first."""
        return range(1, len(self.addresses))

    def check_batch_size(self, batch_size: int) -> None:
        """Refuses streams that cannot be dealt out evenly.

        Raises:
            UserError: says which batch sizes can.
        """
        count = len(self.addresses)
        if batch_size % count:
            raise UserError(
                f"A batch of {batch_size} streams cannot be dealt out evenly to "
                f"{count} workers. Choose a --batch-size that is a multiple of {count}."
            )


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of an address.

    >>> host_and_port("[::1]:2222")
    ('::1', 2222)

    Raises:
        UserError: it has not two parts.
    """
    host, _, port = address.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and 0 < int(port) < 2**16):
        raise UserError(
            f"{address!r} is no address of a worker. Give HOST:PORT, for instance "
            "192.168.0.7:2222."
        )
    return host.strip("[]"), int(port)


def workers_of_flags(addresses: str | None, index: int | None) -> Workers | None:
    """What `--workers` and `--worker-index` say; None without them.

    Raises:
        UserError: one of them is missing, or they do not fit together.
    """
    if addresses is None and index is None:
        return None
    if addresses is None or index is None:
        raise UserError(
            "--workers and --worker-index belong together: the first is the same for "
            "all machines, the second says which of them this is."
        )
    return Workers(tuple(part.strip() for part in addresses.split(",")), index)


def workers_of_environment(environment: Mapping[str, str]) -> Workers | None:
    """What TF_CONFIG says, TensorFlow's own way to describe a cluster.

    Where it has a chief, that is the first worker. None without other machines.

    Raises:
        UserError: it is no such description, or has tasks of another kind.
    """
    text = environment.get("TF_CONFIG", "").strip()
    if not text:
        return None
    try:
        record = json.loads(text)
        cluster = {kind: tuple(found) for kind, found in record["cluster"].items()}
        kind, index = record["task"]["type"], int(record["task"]["index"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"TF_CONFIG is no description of a cluster ({error!r}). Unset it, or give "
            '{"cluster": {"worker": ["HOST:PORT", ...]}, '
            '"task": {"type": "worker", "index": 0}}.'
        ) from error
    chiefs = cluster.pop("chief", ())
    addresses = chiefs + cluster.pop("worker", ())
    if cluster or kind not in ("chief", "worker"):
        raise UserError(
            "TF_CONFIG has tasks of other kinds than chief and worker, which training "
            "here has no use for. Leave them out."
        )
    if len(addresses) < 2:
        return None
    return Workers(addresses, index if kind == "chief" else len(chiefs) + index)
