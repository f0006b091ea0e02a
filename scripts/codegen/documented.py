"""Writes documented.json: the names that have a page in PyTorch's documentation.

    python scripts/codegen/documented.py

Needs torch 2.13. PyTorch documents what has a docstring.
"""

import json
import os

import torch

MODULES = {
    "torch": torch,
    "Tensor": torch.Tensor,
    "nn.functional": torch.nn.functional,
    "linalg": torch.linalg,
    "fft": torch.fft,
    "special": torch.special,
    "sparse": torch.sparse,
    "nested": torch.nested,
}


def is_documented(value):
    text = getattr(value, "__doc__", None)
    return (
        callable(value)
        and not isinstance(value, type)
        and isinstance(text, str)
        and text.strip() != ""
    )


if __name__ == "__main__":
    documented = {
        key: " ".join(
            sorted(
                name
                for name in dir(module)
                if not name.startswith("_") and is_documented(getattr(module, name, None))
            )
        )
        for key, module in MODULES.items()
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "documented.json")
    with open(path, "w") as file:
        json.dump(documented, file, indent=2)
        file.write("\n")
