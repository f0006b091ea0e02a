"""torchvision beside a CPU-only torch: declares the operators whose C++ library cannot load there."""

import importlib.util
import os

import torch

SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def load_torchvision():
    """Import torchvision, and return its datasets and transforms."""
    folder = importlib.util.find_spec("torchvision").submodule_search_locations[0]
    try:
        torch.ops.load_library(os.path.join(folder, "_C.so"))
    except OSError:
        # torchvision's import gives these two operators fake kernels, so they have to exist.
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", SCHEMA)
    from torchvision import datasets, transforms

    return datasets, transforms
