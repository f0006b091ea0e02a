"""Learning rates (and momenta) of every scheduler for 200 steps, and checkpoints of them all.

    python test/golden/lr-scheduler.py

writes lr-scheduler.json.gz and lr-scheduler.pt beside itself. With `--read FILE` it goes on from
checkpoints that the test has saved to FILE, and prints the learning rates that follow.

A scheduler is written down as {"class", "args"}; functions by the names of FUNCTIONS, which the
test has too.
"""

import gzip
import json
import pathlib
import sys
import warnings

import torch
from torch.optim import lr_scheduler, swa_utils

FOLDER = pathlib.Path(__file__).parent
STEPS = 200
# Where checkpoints are made, and how far they are followed.
SAVED, FOLLOWED = 57, 60

FUNCTIONS = {
    "inverse": lambda epoch: 1 / (1 + epoch),
    "sevenths": lambda epoch: 0.75 if epoch % 7 == 0 else 1.0625,
    "slow": lambda epoch: 0.984375,
}


def case(cls, optimizer="SGD", jumps=None, tensor=False, **args):
    """With `tensor`, the learning rates are tensors."""
    fields = {"class": cls, "args": args, "optimizer": optimizer, "jumps": jumps}
    return {**fields, "tensor": tensor}


def inner(cls, **args):
    return {"class": cls, "args": args}


CASES = [
    case("LambdaLR", lr_lambda="inverse"),
    case("LambdaLR", lr_lambda=["sevenths", "inverse"]),
    case("MultiplicativeLR", lr_lambda="slow"),
    case("MultiplicativeLR", lr_lambda=["sevenths", "slow"]),
    case("StepLR", step_size=3),
    case("StepLR", step_size=30, gamma=0.7),
    case("StepLR", step_size=4, gamma=0.5, jumps=[5, 3, 17, 4.0, 100]),
    case("MultiStepLR", milestones=[2, 5, 9, 9, 150]),
    case("MultiStepLR", milestones=[30, 80, 80], gamma=0.3),
    case("MultiStepLR", milestones=[3, 7, 7], gamma=0.3, jumps=[2, 3, 9, 7, 1]),
    case("ConstantLR"),
    case("ConstantLR", factor=0.7, total_iters=13),
    case("ConstantLR", factor=0.7, total_iters=3, jumps=[1, 2, 3, 4, 0]),
    case("LinearLR"),
    case("LinearLR", start_factor=0.1, end_factor=0.9, total_iters=77),
    case("LinearLR", start_factor=1.0, end_factor=0.0, total_iters=200),
    case("LinearLR", start_factor=0.3, total_iters=7, jumps=[1, 6, 7, 8, 2]),
    case("ExponentialLR", gamma=0.9),
    case("ExponentialLR", gamma=1.01),
    case("ExponentialLR", gamma=0.93, jumps=[3, 50, 7, 1]),
    case("PolynomialLR"),
    case("PolynomialLR", total_iters=180, power=0.9),
    case("PolynomialLR", total_iters=33, power=2.5),
    case("PolynomialLR", total_iters=33, power=2.5, jumps=[3, 50, 7, 33]),
    case("CosineAnnealingLR", T_max=50),
    case("CosineAnnealingLR", T_max=7, eta_min=0.01),
    case("CosineAnnealingLR", T_max=200, eta_min=1e-5),
    case("CosineAnnealingLR", T_max=20, eta_min=0.001, jumps=[5, 40, 20, 0, 1]),
    case("CosineAnnealingWarmRestarts", T_0=10),
    case("CosineAnnealingWarmRestarts", T_0=7, T_mult=2, eta_min=0.003),
    case("CosineAnnealingWarmRestarts", T_0=3, T_mult=3,
         jumps=[0.25, 1.5, 2.875, 3.0, 11.5, 12.25, 40.5, 2.0, 100.125]),
    case("CosineAnnealingWarmRestarts", T_0=4, jumps=[0.1, 3.9, 4.0, 17.3]),
    case("CyclicLR", base_lr=0.001, max_lr=0.1, step_size_up=7),
    case("CyclicLR", base_lr=[0.001, 0.01], max_lr=[0.1, 0.2], step_size_up=9, step_size_down=31,
         mode="triangular2", base_momentum=[0.6, 0.7], max_momentum=[0.8, 0.95]),
    case("CyclicLR", "Adam", base_lr=0.001, max_lr=0.1, step_size_up=13, mode="exp_range",
         gamma=0.99),
    case("CyclicLR", "Adagrad", base_lr=0.001, max_lr=0.1, step_size_up=5, cycle_momentum=False,
         scale_fn="inverse", scale_mode="iterations"),
    case("CyclicLR", base_lr=0.001, max_lr=0.1, step_size_up=5, scale_fn="inverse"),
    case("OneCycleLR", max_lr=0.3, total_steps=201),
    case("OneCycleLR", "AdamW", max_lr=[0.3, 0.1], epochs=67, steps_per_epoch=3,
         anneal_strategy="linear", pct_start=0.2, three_phase=True),
    case("OneCycleLR", "RMSprop", max_lr=0.3, total_steps=230, three_phase=True, div_factor=7.0,
         final_div_factor=13.0, base_momentum=0.5, max_momentum=0.9),
    case("OneCycleLR", "Adagrad", max_lr=0.3, total_steps=210, cycle_momentum=False),
    case("ReduceLROnPlateau", patience=2),
    case("ReduceLROnPlateau", mode="max", factor=0.7, patience=4, threshold=0.05, cooldown=3,
         min_lr=[0.001, 0.0005]),
    case("ReduceLROnPlateau", threshold_mode="abs", patience=1, factor=0.9, threshold=0.2),
    case("ReduceLROnPlateau", mode="max", threshold_mode="abs", patience=1, eps=1e-3, factor=0.5),
    case("SequentialLR", milestones=[20],
         schedulers=[inner("ConstantLR", factor=0.1, total_iters=20),
                     inner("ExponentialLR", gamma=0.97)]),
    case("SequentialLR", milestones=[30, 75, 120],
         schedulers=[inner("SequentialLR", milestones=[12],
                           schedulers=[inner("PolynomialLR", total_iters=15),
                                       inner("LambdaLR", lr_lambda="inverse")]),
                     inner("LinearLR", start_factor=0.05, total_iters=10),
                     inner("CosineAnnealingLR", T_max=30),
                     inner("StepLR", step_size=9, gamma=0.8)]),
    case("SequentialLR", milestones=[15],
         schedulers=[inner("LambdaLR", lr_lambda="inverse"),
                     inner("CosineAnnealingWarmRestarts", T_0=10, T_mult=2)]),
    case("ChainedScheduler",
         schedulers=[inner("ConstantLR", factor=0.1, total_iters=30),
                     inner("ExponentialLR", gamma=0.95),
                     inner("MultiStepLR", milestones=[40, 90], gamma=0.5)]),
    case("SWALR", swa_lr=0.05),
    case("SWALR", swa_lr=[0.01, 0.3], anneal_epochs=40, anneal_strategy="linear"),
    case("SWALR", swa_lr=0.05, anneal_epochs=0),
    case("StepLR", tensor=True, step_size=3, gamma=0.9),
    case("LinearLR", tensor=True, total_iters=33),
    case("CosineAnnealingLR", tensor=True, T_max=23, eta_min=0.001),
    case("CosineAnnealingWarmRestarts", tensor=True, T_0=7, T_mult=2, eta_min=0.003),
    case("CyclicLR", tensor=True, base_lr=0.001, max_lr=0.1, step_size_up=7),
    case("OneCycleLR", tensor=True, max_lr=0.3, total_steps=201),
    case("ReduceLROnPlateau", tensor=True, patience=2),
    case("SWALR", tensor=True, swa_lr=0.05),
]


def metric(step):
    """What ReduceLROnPlateau sees: falls, stays, rises and falls again."""
    return abs(((step * 37) % 101) / 101 - step / 64)


def resolve(value):
    if isinstance(value, str) and value in FUNCTIONS:
        return FUNCTIONS[value]
    if isinstance(value, list):
        return [resolve(item) for item in value]
    return value


def make(spec, optimizer):
    cls = getattr(swa_utils if spec["class"] == "SWALR" else lr_scheduler, spec["class"])
    args = {key: resolve(value) for key, value in spec["args"].items()}
    if "schedulers" in args:
        args["schedulers"] = [make(each, optimizer) for each in args["schedulers"]]
    if spec["class"] == "ChainedScheduler":
        return cls(**args)
    return cls(optimizer, **args)


def start(spec):
    first, second = (torch.nn.Parameter(torch.ones(1)) for _ in range(2))
    cls = getattr(torch.optim, spec["optimizer"])
    options = {"momentum": 0.5} if spec["optimizer"] in ("SGD", "RMSprop") else {}
    convert = torch.tensor if spec["tensor"] else float
    groups = [{"params": [first]}, {"params": [second], "lr": convert(0.02)}]
    optimizer = cls(groups, lr=convert(0.1), **options)
    return optimizer, make(spec, optimizer)


def advance(scheduler, optimizer, step, jump=None):
    optimizer.step()
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
        scheduler.step(metric(step))
    elif jump is not None:
        scheduler.step(jump)
    else:
        scheduler.step()


def observe(optimizer):
    row = [float(group["lr"]) for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        if "momentum" in group:
            row.append(group["momentum"])
        elif "betas" in group:
            row.append(group["betas"][0])
    return row


def follow(spec):
    optimizer, scheduler = start(spec)
    rows = [observe(optimizer)]
    jumps = spec["jumps"]
    for step in range(len(jumps) if jumps else STEPS):
        advance(scheduler, optimizer, step, jumps[step] if jumps else None)
        assert scheduler.get_last_lr() == [g["lr"] for g in optimizer.param_groups]
        rows.append(observe(optimizer))
    return rows


def checkpoints():
    saved = {}
    for number, spec in enumerate(CASES):
        if spec["jumps"] or spec["tensor"]:
            continue
        optimizer, scheduler = start(spec)
        for step in range(SAVED):
            advance(scheduler, optimizer, step)
        saved[str(number)] = {
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
        }
    return saved


def read(path):
    """What follows the checkpoints of a file, as the rows of all cases."""
    saved = torch.load(path, weights_only=True)
    rows = {}
    for number, state in saved.items():
        optimizer, scheduler = start(CASES[int(number)])
        optimizer.load_state_dict(state["optimizer"])
        scheduler.load_state_dict(state["scheduler"])
        rows[number] = []
        for step in range(SAVED, SAVED + FOLLOWED):
            advance(scheduler, optimizer, step)
            rows[number].append(observe(optimizer))
    print(json.dumps(rows))


def main():
    warnings.simplefilter("ignore")
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2])
        return
    torch.save(checkpoints(), FOLDER / "lr-scheduler.pt")
    golden = {
        "torch": torch.__version__,
        "saved": SAVED,
        "followed": FOLLOWED,
        "cases": [{**spec, "rows": follow(spec)} for spec in CASES],
    }
    text = json.dumps(golden, separators=(",", ":"))
    (FOLDER / "lr-scheduler.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
