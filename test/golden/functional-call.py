"""Writes functional-call.json: torch.func.functional_call and stack_module_state on small models.

    python test/golden/functional-call.py

test/unit/functional-call.test.ts builds the same models under the same seeds.
"""

from pathlib import Path

import torch
from recording import Recorder, gradients
from torch import nn
from torch.func import functional_call, stack_module_state

SEED = 5


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(3, 3)
        self.decoder = nn.Linear(3, 3, bias=False)
        self.decoder.weight = self.encoder.weight
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x, scale=1.0):
        x = self.decoder(self.encoder(x))
        return (self.norm(x) + x.square()) * scale


def error(call):
    try:
        call()
    except Exception as found:
        return str(found)
    raise AssertionError("nothing was raised")


def main():
    torch.manual_seed(SEED)
    record = Recorder()
    model = Tied()
    x = torch.randn(4, 3)
    weight = torch.randn(3, 3, requires_grad=True)
    bias = torch.randn(3, requires_grad=True)
    mean, count = torch.randn(3), torch.tensor(7)
    given = {
        "encoder.weight": weight,
        "encoder.bias": bias,
        "norm.running_mean": mean.clone(),
        "norm.num_batches_tracked": count.clone(),
    }
    cases = []

    def case(name, tensors, args, kwargs=None, **options):
        out = functional_call(model, tensors, args, kwargs, **options)
        leaves = [weight, bias, model.encoder.weight]
        cases.append(
            {
                "name": name,
                "out": record(out),
                "gradients": record(gradients([out], leaves)),
                "given": record({key: value for key, value in tensors.items()}),
            }
        )

    case("tied", given, x)
    case("untied", {"encoder.weight": weight}, (x,), tie_weights=False)
    case("kwargs", {"encoder.bias": bias}, (x,), {"scale": 2.0})
    model.eval()
    case("eval", given, x)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    other = torch.zeros(3, 3)
    models = []
    for seed in range(3):
        torch.manual_seed(seed)
        models.append(Tied())
    params, buffers = stack_module_state(models)
    messages = {
        "strict": error(lambda: functional_call(model, {"encoder.weight": weight, "a": other}, x, strict=True)),
        "repeated": error(lambda: functional_call(model, ({"encoder.bias": bias}, {"encoder.bias": bias}), x)),
        "none": error(lambda: stack_module_state([])),
        "modes": error(lambda: stack_module_state([Tied(), Tied().eval()])),
        "classes": error(lambda: stack_module_state([Tied(), nn.Linear(1, 1)])),
        "grad": error(lambda: stack_module_state([nn.Linear(1, 1), nn.Linear(1, 1).requires_grad_(False)])),
    }
    cases.append({"name": "after", "state": record(state)})
    cases.append({"name": "stacked", "params": record(params), "buffers": record(buffers)})
    cases.append({"name": "messages", "messages": messages})
    record.write(Path(__file__).with_suffix(".json"), SEED, cases)


torch.set_num_threads(1)
main()
