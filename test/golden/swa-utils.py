"""Averages of a model that changes, by each strategy, and batch statistics computed anew.

    python test/golden/swa-utils.py

writes swa-utils.json beside itself; the states that the model takes are part of it.
"""

import pathlib

import torch
from torch import nn
from torch.optim import swa_utils

from recording import Recorder

SEED = 6
UPDATES = 4
record = Recorder()


def make():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


AVERAGES = {
    "default": lambda: {},
    "swa": lambda: {"avg_fn": swa_utils.get_swa_avg_fn()},
    "ema": lambda: {"avg_fn": swa_utils.get_ema_avg_fn(0.75)},
    "multi swa": lambda: {"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()},
    "multi ema": lambda: {"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.75)},
    "multi ema of buffers": lambda: {
        "multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.75),
        "use_buffers": True,
    },
    "buffers": lambda: {"use_buffers": True},
}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    states = []
    for _ in range(UPDATES):
        states.append(
            {
                k: torch.randn_like(v) if v.is_floating_point() else v + torch.randint(9, ())
                for k, v in make().state_dict().items()
            }
        )
    batches = [torch.randn(5, 3) for _ in range(3)]
    model = make()
    model.load_state_dict(states[0])
    rows = [{"batches": record(batches), "states": record(states)}]
    for name, options in AVERAGES.items():
        averaged = swa_utils.AveragedModel(model, **options())
        for state in states:
            model.load_state_dict(state)
            averaged.update_parameters(model)
        model.load_state_dict(states[0])
        row = {"name": name, "state": record(dict(averaged.state_dict()))}
        averaged.train()
        # Batches come in lists with a label too.
        swa_utils.update_bn([batches[0], [batches[1], None], batches[2]], averaged)
        assert averaged.training
        row["statistics"] = record(dict(averaged.state_dict()))
        row["output"] = record(averaged.eval()(batches[0]).detach())
        rows.append(row)
    record.write(pathlib.Path(__file__).parent / "swa-utils.json", SEED, rows)


if __name__ == "__main__":
    main()
