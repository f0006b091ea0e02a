import sys

import torch
from lenet import LeNet
from serve import serve
from torch import nn
from vision import load_torchvision

STEPS = 200


def losses():
    torch.set_num_threads(1)
    datasets, transforms = load_torchvision()
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train = datasets.MNIST(sys.argv[1], train=True, transform=transform)
    torch.manual_seed(0)
    loader = torch.utils.data.DataLoader(train, batch_size=64, shuffle=True)
    model = LeNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    result = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        result.append(loss.item())
        if len(result) == STEPS:
            break
    return result


serve({"losses": losses})
