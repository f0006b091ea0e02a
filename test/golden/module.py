"""What PyTorch's modules print, and in which order they name what they hold.

    python test/golden/module.py > test/golden/module.json

test/unit/module-golden.test.ts builds the same modules under the same names.
"""

import json
from collections import OrderedDict

import torch
from torch import nn


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)


class Leaf(nn.Module):
    def extra_repr(self):
        return "size=3, bias=False"


class Talker(nn.Module):
    """Extra lines before children; members in an order that is not that of the kinds."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3, bias=False)
        self.weight = nn.Parameter(torch.zeros(2))
        self.mean = nn.Buffer(torch.zeros(3))
        self.second = Leaf()
        self.bias = None
        self.scratch = nn.Buffer(torch.zeros(4), persistent=False)
        self.plain = torch.zeros(5)
        self._hidden = nn.Linear(1, 1)
        self.offset = nn.Parameter(torch.zeros(1))
        self.register_buffer("steps", torch.zeros(1))

    def extra_repr(self):
        return "one line\nand another"


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4)
        self.decoder = nn.Linear(4, 4)
        self.decoder.weight = self.encoder.weight
        self.again = self.encoder


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.layers = nn.Sequential(nn.Linear(width, width), nn.ReLU())


def sequential():
    return nn.Sequential(nn.Conv2d(1, 20, 5), nn.ReLU(), nn.Conv2d(20, 64, 5), nn.ReLU())


def named():
    return nn.Sequential(OrderedDict(conv1=nn.Conv2d(1, 20, 5), relu1=nn.ReLU()))


def deleted():
    layers = sequential()
    layers.pop(1)
    return layers


def twice():
    layer = nn.Linear(2, 2)
    return nn.Sequential(layer, nn.ReLU(), layer)


def popped():
    layers = nn.ModuleList([nn.Linear(i, 1) for i in range(1, 5)])
    layers.pop(1)
    layers.pop(-1)
    return layers


def inserted():
    layers = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    layers.insert(1, nn.Linear(1, 1))
    return layers


def parameters():
    return nn.ParameterList([torch.zeros(2, 3), nn.Parameter(torch.zeros(4)), 3, "text", None])


def parameter_dict():
    values = {"right": torch.zeros(2), "left": nn.Parameter(torch.zeros(3, 1)), "count": 2.5}
    return nn.ParameterDict(values)


MODELS = {
    "lenet": LeNet,
    "leaf": Leaf,
    "talker": Talker,
    "tied": Tied,
    "block": lambda: Block(3),
    "bare": nn.Module,
    "sequential": sequential,
    "named": named,
    "nested": lambda: nn.Sequential(nn.Sequential(nn.Linear(1, 2), nn.Tanh()), nn.Linear(2, 1)),
    "empty": nn.Sequential,
    "twice": twice,
    "slice": lambda: sequential()[1:3],
    "tail": lambda: sequential()[-2:],
    "named slice": lambda: named()[:1],
    "appended": lambda: named().append(nn.ReLU()),
    "extended": lambda: sequential().extend([nn.Tanh(), nn.ReLU()]),
    "inserted first": lambda: sequential().insert(0, nn.Tanh()),
    "inserted last": lambda: sequential().insert(-1, nn.Tanh()),
    "deleted": deleted,
    "joined": lambda: sequential()[2:] + named(),
    "list": lambda: nn.ModuleList([Block(2), Block(2), nn.ReLU(), Block(2)]),
    "repeated": lambda: nn.ModuleList([nn.Linear(3, 3) for _ in range(12)]),
    "empty list": nn.ModuleList,
    "one": lambda: nn.ModuleList([nn.ReLU()]),
    "list slice": lambda: nn.ModuleList([nn.ReLU(), nn.Tanh(), nn.Linear(1, 1)])[1:],
    "popped": popped,
    "inserted": inserted,
    "dict": lambda: nn.ModuleDict({"conv": nn.Conv2d(10, 10, 3), "pool": nn.MaxPool2d(3)}),
    "pairs": lambda: nn.ModuleDict([["lrelu", nn.LeakyReLU()], ["prelu", nn.PReLU()]]),
    "empty dict": nn.ModuleDict,
    "parameters": parameters,
    "parameter dict": parameter_dict,
    "parameter pairs": lambda: nn.ParameterDict([("b", torch.zeros(1)), ("a", torch.zeros(2))]),
    "no parameters": nn.ParameterList,
}


def facts(model):
    return {
        "repr": repr(model),
        "stateDict": list(model.state_dict()),
        "metadata": dict(model.state_dict()._metadata),
        "namedParameters": [name for name, _ in model.named_parameters()],
        "allNamedParameters": [n for n, _ in model.named_parameters(remove_duplicate=False)],
        "ownParameters": [n for n, _ in model.named_parameters("top", recurse=False)],
        "namedBuffers": [name for name, _ in model.named_buffers()],
        "namedChildren": [name for name, _ in model.named_children()],
        "namedModules": [name for name, _ in model.named_modules()],
        "allNamedModules": [n for n, _ in model.named_modules(None, "top", False)],
    }


def raised(function):
    try:
        function()
    except Exception as error:
        return str(error)
    raise AssertionError("nothing was raised")


def load_errors():
    def state(**changes):
        found = LeNet().state_dict()
        for name, value in changes.items():
            found[name.replace("__", ".")] = value
        return found

    missing = state()
    del missing["conv1.weight"], missing["fc3.bias"]
    shapes = state(conv1__weight=torch.zeros(6, 1, 3, 3), fc1__bias=torch.zeros(3))
    both = state(extra=torch.zeros(1), conv1__scale=torch.zeros(1), fc9__weight=torch.zeros(1))
    del both["fc2.weight"]
    cases = {"missing": missing, "shapes": shapes, "both": both, "empty": {}}
    found = {name: raised(lambda s=s: LeNet().load_state_dict(s)) for name, s in cases.items()}
    lenient = LeNet().load_state_dict(both, strict=False)
    shapes_anyway = raised(lambda: LeNet().load_state_dict(shapes, strict=False))
    return {
        "messages": found,
        "lenient": {"missing": lenient.missing_keys, "unexpected": lenient.unexpected_keys},
        "shapesAnyway": shapes_anyway,
    }


def printed():
    return {
        "parameter": repr(nn.Parameter(torch.tensor([[1.0, 2.5], [-3.0, 0.0]]))),
        "frozen": repr(nn.Parameter(torch.tensor([1.0, 2.0]), requires_grad=False)),
        "double": repr(nn.Parameter(torch.tensor([1.0], dtype=torch.float64))),
        "empty": repr(nn.Parameter()),
        "buffer": repr(nn.Buffer(torch.tensor([1.0, 2.0]))),
        "detached": repr(nn.Parameter(torch.tensor([1.0])).detach()),
    }


def main():
    golden = {
        "torch": torch.__version__,
        "models": {name: facts(build()) for name, build in MODELS.items()},
        "load": load_errors(),
        "printed": printed(),
    }
    print(json.dumps(golden, indent=1))


main()
