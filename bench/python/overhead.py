import torch
from serve import microseconds, serve

torch.set_num_threads(1)
a = torch.tensor([1.0, 2.0, 3.0, 4.0])
b = torch.tensor([5.0, 6.0, 7.0, 8.0])
scalar = torch.tensor(1.0)
matrix = torch.randn(4, 4)
weight = torch.randn(4, requires_grad=True)
total = torch.zeros(4)
linear = torch.nn.functional.linear
relu = torch.nn.functional.relu
softmax = torch.nn.functional.softmax


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
        "inPlace": measure(lambda: total.add_(b)),
        "mul": measure(lambda: a.mul(b)),
        "transpose": measure(lambda: matrix.transpose(0, 1)),
        "slice": measure(lambda: matrix[:, 1:3]),
        "reshape": measure(lambda: matrix.reshape(2, 8)),
        "cat": measure(lambda: torch.cat([a, b])),
        "stack": measure(lambda: torch.stack([a, b])),
        "sum": measure(lambda: a.sum()),
        "mean": measure(lambda: matrix.mean(1)),
        "linear": measure(lambda: linear(matrix, matrix)),
        "softmax": measure(lambda: softmax(a, 0)),
        "eq": measure(lambda: a.eq(b)),
        "zeros": measure(lambda: torch.zeros(4)),
        "fromArray": measure(lambda: torch.tensor([1.0, 2.0, 3.0, 4.0])),
    }
)
