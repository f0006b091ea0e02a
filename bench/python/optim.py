import torch
from serve import microseconds, serve

torch.set_num_threads(1)


def parameters(size):
    """160 parameters of some size, with gradients."""
    made = [torch.nn.Parameter(torch.randn(size)) for _ in range(160)]
    for parameter in made:
        parameter.grad = torch.randn(size)
    return made


MAKERS = {
    "sgd": lambda size, **options: torch.optim.SGD(
        parameters(size), lr=1e-4, momentum=0.9, **options
    ),
    "adam": lambda size, **options: torch.optim.Adam(parameters(size), **options),
    "adamw": lambda size, **options: torch.optim.AdamW(parameters(size), **options),
}


def add_tasks(tasks, make, name, kind, size, calls):
    made = []

    def step():
        if not made:
            made.append(make(size, **{kind: True}))
        return microseconds(calls, made[0].step)

    def free():
        made.clear()
        return 0

    tasks[f"{name} {kind} {size}"] = step
    tasks[f"free {name} {kind} {size}"] = free


tasks = {}
for name, make in MAKERS.items():
    for kind in ("foreach", "fused"):
        for size, calls in ((64, 100), (100_000, 3)):
            add_tasks(tasks, make, name, kind, size, calls)
serve(tasks)
