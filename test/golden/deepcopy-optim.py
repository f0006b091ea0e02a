"""Writes deepcopy-optim.json: optimizers and schedulers that are copied, and go on.

    python test/golden/deepcopy-optim.py

test/unit/copy-optim.test.ts does the same. LBFGS is not among them: in Python its copy lacks
attributes, and does not step.
"""

import copy
import json
from pathlib import Path

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

OPTIMIZERS = {
    "Adadelta": {},
    "Adafactor": {},
    "Adagrad": {"lr_decay": 0.1},
    "Adam": {"amsgrad": True},
    "AdamW": {"fused": True},
    "Adamax": {},
    "ASGD": {"t0": 1},
    "Muon": {},
    "NAdam": {},
    "RAdam": {},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "Rprop": {},
    "SGD": {"lr": 0.1, "momentum": 0.9},
}


def model_of(name):
    model = nn.Linear(3, 2, bias=name != "Muon")
    with torch.no_grad():
        for i, param in enumerate(model.parameters()):
            param.copy_(torch.arange(param.numel()).view(param.shape).sin() + i)
    return model


def train(parts, start, steps):
    for i in range(start, start + steps):
        parts["optimizer"].zero_grad()
        x = torch.arange(12.0).view(4, 3).mul(i + 1).cos()
        parts["model"](x).square().sum().backward()
        parts["optimizer"].step()
        if "scheduler" in parts:
            parts["scheduler"].step()


def weights(parts):
    return [x for param in parts["model"].parameters() for x in param.flatten().tolist()]


def optimizers():
    cases = {}
    for name, options in OPTIMIZERS.items():
        model = model_of(name)
        optimizer = getattr(optim, name)(model.parameters(), **options)
        hooks = []
        optimizer.register_step_post_hook(lambda *_: hooks.append(1))
        parts = {"model": model, "optimizer": optimizer}
        train(parts, 0, 3)
        twin = copy.deepcopy(parts)
        train(twin, 7, 3)
        train(parts, 3, 2)
        cases[name] = {
            "options": options,
            "weights": weights(parts),
            "twin": weights(twin),
            "hooks": len(hooks),
        }
    return cases


SCHEDULERS = {
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 0.9**epoch),
    "MultiplicativeLR": lambda o: lr_scheduler.MultiplicativeLR(o, lambda epoch: 0.9),
    "StepLR": lambda o: lr_scheduler.StepLR(o, 2),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [2, 4]),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(
        o, 0.1, 0.5, step_size_up=2, scale_fn=lambda x: 1 / x
    ),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=9),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.ConstantLR(o, 0.5), lr_scheduler.ExponentialLR(o, 0.8)], [4]
    ),
    "ChainedScheduler": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(o, 0.5, 4), lr_scheduler.ExponentialLR(o, 0.8)]
    ),
}


def schedulers():
    cases = {}
    for name, make in SCHEDULERS.items():
        model = model_of(name)
        optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        parts = {"model": model, "optimizer": optimizer, "scheduler": make(optimizer)}
        train(parts, 0, 3)
        twin = copy.deepcopy(parts)
        train(twin, 3, 4)
        train(parts, 3, 2)
        cases[name] = {
            "lr": parts["scheduler"].get_last_lr(),
            "twinLr": twin["scheduler"].get_last_lr(),
            "weights": weights(parts),
            "twin": weights(twin),
        }
    return cases


def scaler():
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    model = model_of("SGD")
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        scaler.scale(model(torch.ones(1, 3)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    twin = copy.deepcopy(scaler)
    scaler.scale(model(torch.ones(1, 3)).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    return {"state": scaler.state_dict(), "twin": twin.state_dict()}


def main():
    torch.set_num_threads(1)
    facts = {
        "torch": torch.__version__,
        "optimizers": optimizers(),
        "schedulers": schedulers(),
        "scaler": scaler(),
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(facts, separators=(",", ":")) + "\n")


main()
