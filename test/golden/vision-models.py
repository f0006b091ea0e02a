"""torchvision's residual networks: their names, their first weights, and what they give.

    python test/golden/vision-models.py

writes vision-models.json.gz beside itself.
"""

import gzip
import json
import pathlib
import sys

import torch

sys.path.append(str(pathlib.Path(__file__).parents[2] / "bench" / "python"))
from vision import load_torchvision

SEED = 0
CASES = {
    "resnet18": ("resnet18", {"num_classes": 10}),
    "resnet34, residuals from zero": ("resnet34", {"num_classes": 5, "zero_init_residual": True}),
    "resnet50": ("resnet50", {"num_classes": 10}),
    "resnet50, dilated": (
        "resnet50",
        {"num_classes": 3, "replace_stride_with_dilation": [False, True, True]},
    ),
    "resnet50, groups": ("resnet50", {"num_classes": 3, "groups": 32, "width_per_group": 4}),
}


def main():
    load_torchvision()
    from torchvision import models

    torch.set_num_threads(1)
    cases = []
    for title, (name, options) in CASES.items():
        torch.manual_seed(SEED)
        model = getattr(models, name)(**options)
        state = {
            key: [list(value.shape), value.double().sum().item(), value.double().abs().sum().item()]
            for key, value in model.state_dict().items()
        }
        inputs = torch.randn(2, 3, 64, 64)
        training = model(inputs).tolist()
        after = {
            key: value.double().abs().sum().item()
            for key, value in model.state_dict().items()
            if "running" in key
        }
        cases.append(
            {
                "title": title,
                "model": name,
                "options": options,
                "state": state,
                "training": training,
                "running": after,
                "evaluation": model.eval()(inputs).tolist(),
            }
        )
    result = {"torch": torch.__version__, "seed": SEED, "cases": cases}
    path = pathlib.Path(__file__).with_suffix(".json.gz")
    path.write_bytes(gzip.compress(json.dumps(result).encode() + b"\n", mtime=0))


main()
