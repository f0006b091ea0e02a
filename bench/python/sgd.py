import time

import torch
from lenet import LeNet
from serve import microseconds, serve

torch.set_num_threads(2)
parameters = list(LeNet().parameters())
gradients = [torch.randn_like(parameter).mul(1e-3) for parameter in parameters]


def set_gradients():
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient


def step(optimizer):
    def measure():
        set_gradients()
        return microseconds(500, optimizer.step)

    return measure


def zero_grad():
    """The time of zero_grad alone: the gradients are set again outside of it."""
    optimizer = torch.optim.SGD(parameters, lr=0.01)
    calls = 500
    total = 0.0
    for _ in range(calls):
        set_gradients()
        start = time.perf_counter()
        optimizer.zero_grad()
        total += time.perf_counter() - start
    return total * 1e6 / calls


SGD = torch.optim.SGD
serve(
    {
        "sgd": step(SGD(parameters, lr=0.01)),
        "momentum": step(SGD(parameters, lr=0.01, momentum=0.9)),
        "decay": step(SGD(parameters, lr=0.01, momentum=0.9, weight_decay=1e-4)),
        "adam": step(torch.optim.Adam(parameters)),
        "zeroGrad": zero_grad,
    }
)
