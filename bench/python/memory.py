import os
import time

import torch
from lenet import LeNet
from serve import peak_megabytes, serve

torch.set_num_threads(1)


def resident():
    """The resident set size now, in MB; the highest so far where the system does not tell."""
    if not os.path.exists("/proc/self/statm"):
        return peak_megabytes()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def watch(rounds, run):
    """Run a loop of so many rounds; look at the memory after a tenth of it and at its end."""
    rounds = int(rounds)
    begin = time.perf_counter()
    early = 0
    for i in range(rounds):
        run()
        if i == rounds // 10:
            early = resident()
    return {"early": early, "late": resident(), "seconds": time.perf_counter() - begin}


def tensors(count):
    return watch(count, lambda: torch.zeros(512, 512))


def operations(count):
    """Forward passes that autograd records: 13 operations each, with the loss."""
    model = LeNet()
    criterion = torch.nn.CrossEntropyLoss()
    input = torch.randn(1, 1, 28, 28)
    label = torch.tensor([3])
    return watch(count / 13, lambda: criterion(model(input), label))


serve(
    {
        "tensors": lambda: tensors(100_000),
        "operations": lambda: operations(1_000_000),
        "tensors quick": lambda: tensors(1000),
        "operations quick": lambda: operations(10_000),
    }
)
