import math
import sys
import time

import torch
from lenet import LeNet
from serve import serve
from torch import nn
from vision import load_torchvision

torch.set_num_threads(2)


class Bare(torch.utils.data.Dataset):
    """A dataset of samples without torchvision: each byte image is normalised by tensor operations."""

    def __init__(self, images, labels):
        self.images = images
        self.labels = labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0).float().div(255).sub(0.5).div(0.5)
        return image, self.labels[index]


class Ready(torch.utils.data.Dataset):
    """The least that a dataset of samples can be: tensors that are normalised already."""

    def __init__(self, images, labels):
        self.images = images
        self.labels = labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def dataset():
    datasets, transforms = load_torchvision()
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train = datasets.MNIST(sys.argv[1], train=True, transform=transform)
    if sys.argv[2] == "torchvision":
        return train
    if sys.argv[2] == "bare":
        return Bare(train.data, train.targets.tolist())
    images = train.data.unsqueeze(1).float().div_(255).sub_(0.5).div_(0.5)
    return Ready(images, train.targets.tolist())


train = dataset()


def epoch(steps=math.inf):
    """Seconds for so many steps, or for a whole epoch."""
    torch.manual_seed(0)
    start = time.perf_counter()
    loader = torch.utils.data.DataLoader(train, batch_size=64, shuffle=True)
    model = LeNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    total = 0.0
    done = 0
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
        done += 1
        if done == steps:
            break
    if not math.isfinite(total):
        raise ValueError("the loss is not finite")
    return time.perf_counter() - start


serve({"epoch": epoch, "start": lambda: epoch(50)})
