"""What `bench/typescript/gpu.ts` does, in Python: gpu.py WORKLOAD DEVICE SIZE DATA."""

import pathlib
import struct
import sys
import time

import torch
from gpt2 import GPT2
from lenet import LeNet
from resnet import ResNet50
from serve import serve
from torch import nn

workload, device, size, data = sys.argv[1:]
is_cuda = device == "cuda"
is_small = size == "small"
if not is_cuda:
    torch.set_num_threads(1)
STEPS = 200


def synchronize():
    if is_cuda:
        torch.cuda.synchronize()


def lenet():
    model = LeNet().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    inputs = torch.randn(64, 1, 28, 28, device=device)
    labels = torch.randint(0, 10, (64,), device=device)

    def step():
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def resnet():
    batch, side = (2, 64) if is_small else (64, 224)
    model = ResNet50().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scaler = torch.amp.GradScaler(device, enabled=is_cuda)
    inputs = torch.randn(batch, 3, side, side, device=device)
    labels = torch.randint(0, 1000, (batch,), device=device)
    dtype = torch.float16 if is_cuda else torch.bfloat16

    def step():
        optimizer.zero_grad()
        with torch.autocast(device, dtype=dtype):
            loss = criterion(model(inputs), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss

    return step


def gpt2(batch=None):
    vocabulary, length, layers, heads, width = (
        (500, 64, 2, 2, 64) if is_small else (50257, 1024, 12, 12, 768)
    )
    batch = batch or (2 if is_small else 8)
    model = GPT2(vocabulary, length, layers, heads, width).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    tokens = torch.randint(0, vocabulary, (batch, length + 1), device=device)
    inputs, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()

    def step():
        optimizer.zero_grad()
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = model(inputs, targets)
        loss.backward()
        optimizer.step()
        return loss

    return step


def mnist(name):
    """The images and labels of MNIST's files."""
    folder = pathlib.Path(data) / "MNIST" / "raw"
    arrays = []
    for kind in ("images-idx3", "labels-idx1"):
        content = (folder / f"{name}-{kind}-ubyte").read_bytes()
        dims = content[3]
        shape = struct.unpack(f">{dims}I", content[4 : 4 + 4 * dims])
        elements = bytearray(content[4 + 4 * dims :])
        arrays.append(torch.frombuffer(elements, dtype=torch.uint8).view(shape))
    images, labels = arrays
    return images.unsqueeze(1).float().div(255).sub(0.5).div(0.5), labels.long()


def losses():
    torch.manual_seed(0)
    dataset = torch.utils.data.TensorDataset(*mnist("train"))
    loader = torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True)
    model = LeNet().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    result = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs.to(device)), labels.to(device))
        loss.backward()
        optimizer.step()
        result.append(loss.item())
        if len(result) == (20 if is_small else STEPS):
            break
    return result


WORKLOADS = {"lenet": lenet, "resnet": resnet, "gpt2": gpt2}
COUNTS = {"lenet": 500, "resnet": 20, "gpt2": 20}
state = {}


def prepared():
    if "step" not in state:
        torch.manual_seed(0)
        state["step"] = WORKLOADS[workload]()
        for _ in range(1 if is_small else 5):
            state["step"]()
        synchronize()
    return state["step"]


def rate():
    """Steps a second."""
    step = prepared()
    count = 2 if is_small else COUNTS[workload]
    start = time.perf_counter()
    for _ in range(count):
        step()
    synchronize()
    return count / (time.perf_counter() - start)


def memory():
    """The highest that the GPU's memory has been, in MB."""
    return torch.cuda.max_memory_allocated() / 1e6 if is_cuda else 0


def versions():
    facts = {"python torch": torch.__version__}
    if is_cuda:
        facts["gpu"] = torch.cuda.get_device_name()
        facts["cuda"] = torch.version.cuda
        facts["cudnn"] = torch.backends.cudnn.version()
    return facts


serve({"rate": rate, "memory": memory, "losses": losses, "versions": versions})
