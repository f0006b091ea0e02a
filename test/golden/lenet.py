"""Losses of LeNet's first 200 steps on MNIST, by torchvision's own pipeline and one thread.

    python test/golden/lenet.py [--data .data] > test/golden/lenet.json
"""

import argparse
import json
import os
import platform
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "bench", "python"))
from lenet import LeNet  # noqa: E402
from vision import load_torchvision  # noqa: E402

SEED = 0
STEPS = 200
BATCH_SIZE = 64
LR = 0.01
MOMENTUM = 0.9


def cpu_name():
    """The name of this machine's CPU, as test/_helpers/cpu.ts gives it."""
    if not os.path.exists("/proc/cpuinfo"):
        return platform.processor()
    fields = {}
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    return f"{fields['model name']}, family {fields['cpu family']}, model {fields['model']}"


def losses_of_training(data):
    datasets, transforms = load_torchvision()
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train = datasets.MNIST(data, train=True, transform=transform)

    torch.manual_seed(SEED)
    loader = torch.utils.data.DataLoader(train, batch_size=BATCH_SIZE, shuffle=True)
    model = LeNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)

    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if len(losses) == STEPS:
            break
    return losses


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=".data")
    args = parser.parse_args()
    torch.set_num_threads(1)
    golden = {
        "torch": torch.__version__,
        "seed": SEED,
        "steps": STEPS,
        "batchSize": BATCH_SIZE,
        "lr": LR,
        "momentum": MOMENTUM,
        "cpu": cpu_name(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "losses": losses_of_training(args.data),
    }
    json.dump(golden, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
