"""How arguments and results are written down: JSON for what is small, one block of bytes for tensors.

    number, boolean, string, null   themselves; a list is a JSON array
    {"tuple": [...]}                 a tuple; with "fields" where its items have names
    {"t": i, "g": true}              tensor i of the archive; "g" where gradients flow to it
    {"dtype": "float32"}, {"layout": ...}, {"memoryFormat": ...}, {"device": ...}
    {"int": "..."}, {"float": "inf"}, {"complex": [re, im]}
    {"slice": [start, stop, step]}, {"ellipsis": true}, {"dict": {...}}
    {"class": ..., "fields": {...}}  what a class of torch.nn makes of these options
    {"ref": i}                       what the i-th call of a program gave
"""

import collections.abc
import dataclasses
import gzip
import hashlib
import json
import struct

import numpy
import torch

MEMORY_FORMATS = {
    torch.contiguous_format: "contiguous_format",
    torch.preserve_format: "preserve_format",
    torch.channels_last: "channels_last",
    torch.channels_last_3d: "channels_last_3d",
}
COMPRESSED = {
    torch.sparse_csr: ("crow_indices", "col_indices"),
    torch.sparse_bsr: ("crow_indices", "col_indices"),
    torch.sparse_csc: ("ccol_indices", "row_indices"),
    torch.sparse_bsc: ("ccol_indices", "row_indices"),
}
# A tensor whose elements lie further apart is written down without its strides.
MOST_SPAN = 1 << 22


class Unwritable(Exception):
    """What no JavaScript value stands for."""


def short(value):
    """`torch.float32` -> `float32`."""
    return str(value).removeprefix("torch.")


def raw(x):
    """The bytes of a tensor's elements, in row-major order."""
    if x.numel() == 0:
        return b""
    return torch.empty(x.numel(), dtype=x.dtype).copy_(x.reshape(-1)).view(torch.uint8).numpy().tobytes()


class Archive:
    """Tensors, each different one once, and the JSON that refers to them."""

    def __init__(self, strides=True):
        # "storage" keeps what lies around a view too: as_strided looks at it.
        self.strides = strides
        self.rows = []
        self.known = {}
        self.blob = bytearray()
        self.blocks = {}

    def bytes(self, block):
        digest = hashlib.sha1(block).digest()
        if digest not in self.blocks:
            self.blob += b"\0" * (-len(self.blob) % 16)
            self.blocks[digest] = len(self.blob)
            self.blob += block
        return self.blocks[digest]

    def row(self, x, exact_strides):
        x = x.detach()
        if type(x) is not torch.Tensor:
            raise Unwritable(f"a {type(x).__name__}")
        if x.is_nested:
            return {"dtype": short(x.dtype), "nested": [self.index(y) for y in x.unbind()]}
        row = {"dtype": short(x.dtype), "shape": list(x.shape)}
        if x.layout == torch.sparse_coo:
            row["layout"] = "sparse_coo"
            row["parts"] = [self.index(x._indices()), self.index(x._values())]
            row["coalesced"] = x.is_coalesced()
            return row
        if x.layout in COMPRESSED:
            row["layout"] = short(x.layout)
            row["parts"] = [self.index(getattr(x, name)()) for name in COMPRESSED[x.layout]]
            row["parts"].append(self.index(x.values()))
            return row
        if x.device.type == "meta":
            return {**row, "device": "meta"}
        if x.is_quantized or x.layout != torch.strided or x.is_mkldnn or x.device.type != "cpu":
            raise Unwritable(f"a tensor of {x.layout}, {x.dtype} on {x.device}")
        if x._is_zerotensor():
            x = torch.zeros(x.shape, dtype=x.dtype)
        if exact_strides:
            if x.is_conj():
                row["conj"] = True
                x = x.conj()
            if x.is_neg():
                row["neg"] = True
                x = torch._neg_view(x)
        x = x.resolve_conj().resolve_neg()
        if exact_strides == "storage" and x.untyped_storage().nbytes() > x.numel() * x.itemsize:
            row["strides"] = list(x.stride())
            row["offset"] = x.storage_offset()
            row["span"] = x.untyped_storage().nbytes() // x.itemsize
            x = x.as_strided((row["span"],), (1,), 0)
        elif exact_strides and not x.is_contiguous() and x.numel() > 0:
            span = 1 + sum((n - 1) * s for n, s in zip(x.shape, x.stride()))
            if span <= MOST_SPAN:
                row["strides"] = list(x.stride())
                row["span"] = span
                x = x.as_strided((span,), (1,), x.storage_offset())
        row["at"] = self.bytes(raw(x))
        return row

    def index(self, x, exact_strides=False):
        row = self.row(x, exact_strides)
        key = json.dumps(row)
        if key not in self.known:
            self.known[key] = len(self.rows)
            self.rows.append(row)
        return self.known[key]

    def argument(self, value, refs=()):
        """An argument; `refs` are earlier results that it may be."""
        for i, known in enumerate(refs):
            if value is known:
                return {"ref": i}
        if isinstance(value, torch.Tensor):
            written = {"t": self.index(value, exact_strides=self.strides)}
            if value.requires_grad:
                written["g"] = True
            return written
        return self.other(value, lambda item: self.argument(item, refs))

    def result(self, value):
        if isinstance(value, torch.Tensor):
            return {"t": self.index(value)}
        return self.other(value, self.result)

    def other(self, value, inner):
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, (numpy.generic,)):
            return self.other(value.item(), inner)
        if isinstance(value, int):
            return value if abs(value) < 2**53 else {"int": str(value)}
        if isinstance(value, float):
            finite = value == value and abs(value) != float("inf")
            return value if finite else {"float": str(value)}
        if isinstance(value, complex):
            return {"complex": [self.other(value.real, None), self.other(value.imag, None)]}
        if isinstance(value, tuple):
            written = {"tuple": [inner(item) for item in value]}
            if hasattr(value, "_fields"):
                written["fields"] = list(value._fields)
            elif type(value).__module__ == "torch.return_types":
                written["fields"] = list(type(value).__match_args__)
            return written
        if isinstance(value, list):
            return [inner(item) for item in value]
        if isinstance(value, dict):
            return {"dict": {str(key): inner(item) for key, item in value.items()}}
        if isinstance(value, torch.dtype):
            return {"dtype": short(value)}
        if isinstance(value, torch.layout):
            return {"layout": short(value)}
        if isinstance(value, torch.memory_format):
            return {"memoryFormat": MEMORY_FORMATS[value]}
        if isinstance(value, torch.device):
            return {"device": str(value)}
        if isinstance(value, slice):
            return {"slice": [inner(part) for part in (value.start, value.stop, value.step)]}
        if value is Ellipsis:
            return {"ellipsis": True}
        if isinstance(value, torch.nn.PairwiseDistance):
            return {"class": "PairwiseDistance"}
        if isinstance(value, torch.nn.LinearCrossEntropyOptions):
            names = [field.name for field in dataclasses.fields(value)]
            fields = {name: inner(getattr(value, name)) for name in names}
            return {"class": "LinearCrossEntropyOptions", "fields": fields}
        if isinstance(value, collections.abc.Iterator):
            return [inner(item) for item in value]
        raise Unwritable(f"a {type(value).__name__}")

    def tensor(self, index):
        """The tensor of a row, made anew."""
        row = self.rows[index]
        dtype = getattr(torch, row["dtype"])
        if "nested" in row:
            return torch.nested.nested_tensor([self.tensor(i) for i in row["nested"]], dtype=dtype)
        if "layout" in row:
            parts = [self.tensor(i) for i in row["parts"]]
            if row["layout"] == "sparse_coo":
                made = torch.sparse_coo_tensor(*parts, row["shape"], check_invariants=False)
                return made._coalesced_(row["coalesced"])
            layout = getattr(torch, row["layout"])
            return torch.sparse_compressed_tensor(*parts, row["shape"], layout=layout)
        if "device" in row:
            return torch.empty(row["shape"], dtype=dtype, device=row["device"])
        shape = [row["span"]] if "span" in row else row["shape"]
        count = 1
        for size in shape:
            count *= size
        if count == 0:
            made = torch.empty(shape, dtype=dtype)
        else:
            made = torch.frombuffer(self.blob, dtype=dtype, count=count, offset=row["at"]).clone()
            made = made.view(shape)
        if "span" in row:
            made = made.as_strided(row["shape"], row["strides"], row.get("offset", 0))
        if row.get("neg"):
            made = torch._neg_view(made)
        return made.conj() if row.get("conj") else made

    def value(self, written, results=()):
        """The Python value that was written down."""
        if isinstance(written, list):
            return [self.value(item, results) for item in written]
        if not isinstance(written, dict):
            return written
        (kind, body), *_ = written.items()
        if kind == "ref":
            return results[body]
        if kind == "t":
            made = self.tensor(body)
            return made.requires_grad_() if written.get("g") else made
        if kind == "tuple":
            return tuple(self.value(item, results) for item in body)
        if kind == "dict":
            return {key: self.value(item, results) for key, item in body.items()}
        if kind == "class":
            return getattr(torch.nn, body)(**self.value({"dict": written.get("fields", {})}))
        if kind in ("dtype", "layout"):
            return getattr(torch, body)
        if kind == "memoryFormat":
            return getattr(torch, body)
        if kind == "device":
            return torch.device(body)
        if kind == "slice":
            return slice(*(self.value(part, results) for part in body))
        if kind == "ellipsis":
            return Ellipsis
        if kind == "int":
            return int(body)
        if kind == "float":
            return float(body)
        if kind == "complex":
            return complex(*(self.value(part) for part in body))
        raise ValueError(kind)

    def used(self, written, found):
        """The rows that a written value needs."""
        if isinstance(written, list):
            for item in written:
                self.used(item, found)
        elif isinstance(written, dict):
            if "t" in written:
                self.needs(written["t"], found)
            for item in written.values():
                self.used(item, found)
        return found

    def needs(self, index, found):
        found.add(index)
        for part in self.rows[index].get("parts", []) + self.rows[index].get("nested", []):
            self.needs(part, found)

    def packed(self, header):
        text = json.dumps({**header, "tensors": self.rows}, separators=(",", ":")).encode()
        text += b" " * (-(len(text) + 8) % 8)
        return struct.pack("<Q", len(text)) + text + bytes(self.blob)

    def write(self, path, header):
        with gzip.GzipFile(path, "wb", compresslevel=1, mtime=0) as file:
            file.write(self.packed(header))
