import torch
from serve import microseconds, serve

torch.set_num_threads(1)
a = torch.tensor([1.0, 2.0, 3.0, 4.0])
b = torch.tensor([5.0, 6.0, 7.0, 8.0])
scalar = torch.tensor(1.0)
matrix = torch.randn(4, 4)
weight = torch.randn(4, requires_grad=True)
relu = torch.nn.functional.relu


def measure(run):
    """Nanoseconds a call."""
    return lambda: microseconds(20_000, run) * 1000


serve(
    {
        "add": measure(lambda: torch.add(a, b)),
        "method": measure(lambda: a.add(b)),
        "scalar": measure(lambda: a.add(2)),
        "view": measure(lambda: a.view(2, 2)),
        "index": measure(lambda: a[0]),
        "relu": measure(lambda: relu(a)),
        "matmul": measure(lambda: torch.matmul(matrix, matrix)),
        "item": measure(lambda: a.sum().item()),
        "read": measure(lambda: scalar.item()),
        "recorded": measure(lambda: weight.add(b)),
    }
)
