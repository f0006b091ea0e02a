import torch
from lenet import LeNet
from serve import microseconds, serve
from torch import nn

torch.set_num_threads(2)


def stepper(batch_size):
    """A training step on one batch that stays the same."""
    torch.manual_seed(0)
    inputs = torch.randn(batch_size, 1, 28, 28)
    labels = torch.randint(0, 10, (batch_size,))
    model = LeNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


batch64 = stepper(64)
batch1 = stepper(1)

serve(
    {
        "batch64": lambda: microseconds(150, batch64),
        "batch1": lambda: microseconds(400, batch1),
    }
)
