"""Writes func.json: torch.func's transforms on small functions and a small CNN.

Run it with the Python that has torch 2.13.0: python test/golden/func.py
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.func import (
    functional_call, functionalize, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize,
    stack_module_state, vjp, vmap,
)
from torch.nn import functional as F

SEED = 20240917
torch.set_num_threads(1)
x = torch.linspace(-1.5, 2, 6, dtype=torch.float64).reshape(2, 3)
y = torch.linspace(0.5, 1.5, 6, dtype=torch.float64).reshape(2, 3)
w = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)
target = torch.tensor([2, 0])


def plain(value):
    if isinstance(value, torch.Tensor):
        return {"shape": list(value.shape), "data": value.detach().double().flatten().tolist()}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def mlp(weight, sample):
    return torch.tanh(weight @ sample)


def nll(weight, sample, label):
    return F.cross_entropy((weight @ sample).unsqueeze(0), label.unsqueeze(0))


def losses(name, **options):
    loss = getattr(F, name)
    return vmap(grad(lambda a, b: loss(a, b, **options)))(x, y)


class Net(nn.Module):
    """A small CNN with a group norm: what per-sample gradients are taken of."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.GroupNorm(2, 4)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2)
        self.fc = nn.Linear(6 * 4 * 4, 10)

    def forward(self, images):
        images = F.max_pool2d(F.relu(self.norm(self.conv1(images))), 2)
        images = F.avg_pool2d(F.gelu(self.conv2(images)), 2, stride=1)
        return self.fc(images.flatten(1))


def cnn():
    torch.manual_seed(SEED)
    net = Net()
    images = torch.randn(5, 1, 22, 22)
    labels = torch.randint(0, 10, (5,))
    params = {name: p.detach() for name, p in net.named_parameters()}

    def loss(params, image, label):
        logits = functional_call(net, params, (image.unsqueeze(0),))
        return F.cross_entropy(logits, label.unsqueeze(0))

    gradients, values = vmap(grad_and_value(loss), (None, 0, 0))(params, images, labels)
    return {
        "losses": values,
        "norms": {name: g.flatten(1).norm(dim=1) for name, g in gradients.items()},
        "fc": gradients["fc.bias"],
        "conv1": gradients["conv1.weight"][:, 0],
    }


def ensemble():
    torch.manual_seed(SEED)
    models = [nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)) for _ in range(4)]
    params, buffers = stack_module_state(models)
    base = models[0]
    batch = torch.randn(6, 3)
    each = torch.randn(4, 6, 3)

    def call(params, buffers, batch):
        return functional_call(base, (params, buffers), (batch,))

    return {
        "shared": vmap(call, in_dims=(0, 0, None))(params, buffers, batch),
        "each": vmap(call)(params, buffers, each),
    }


def random(randomness):
    """Draws of every kind, in the order that matters, under one seed."""
    torch.manual_seed(SEED)
    batch = torch.zeros(3, 2)

    def draw(sample):
        return (
            torch.rand(2) + sample,
            torch.randn(2),
            torch.randint(0, 100, (3,)),
            torch.randperm(5),
            torch.bernoulli(torch.full((4,), 0.5)),
            torch.rand_like(sample),
            torch.normal(torch.zeros(2), 1.0),
            F.dropout(torch.ones(4), 0.5),
            torch.multinomial(torch.ones(4), 2),
            torch.empty(2).exponential_() if randomness == "same" else sample.clone().uniform_(),
        )

    return vmap(draw, randomness=randomness)(batch)


def random_same_for_batched():
    torch.manual_seed(SEED)
    return vmap(lambda s: s.clone().normal_(), randomness="different")(torch.zeros(3, 2))


def chunked(randomness):
    torch.manual_seed(SEED)
    return vmap(lambda s: s + torch.randn(2), randomness=randomness, chunk_size=2)(torch.zeros(5, 2))


def change(a):
    b = a + 1
    b.view(-1).mul_(2)
    a.add_(10)
    return b


def changed(remove):
    a = x.clone()
    return functionalize(change, remove=remove)(a), a


seen = []


def watch(value):
    seen.append(repr(value))
    return value


def printed():
    seen.clear()
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    vmap(lambda s: watch(s).sum())(a)
    grad(lambda s: watch(watch(s) * 2).sum())(a)
    vmap(grad(lambda s: watch(s).sum()))(a)
    vmap(vmap(lambda s: watch(s) * 2), in_dims=1)(a)
    jacfwd(lambda s: watch(s * 2))(a[0])
    functionalize(lambda s: watch(watch(s + 1).view(-1)))(a)
    watch(escaped(a))
    return list(seen)


def escaped(a):
    kept = []
    grad(lambda s: (kept.append(s), s.sum())[1])(a)
    return kept[0]


values = {
    "grad": grad(lambda a: (a.sin() * a).sum())(x),
    "grad twice": grad(lambda a: grad(lambda b: b.pow(4) + a * b)(a))(x[0, 0]),
    "grad argnums": grad(lambda a, b: (a * b.exp()).sum(), argnums=(1, 0))(x, y),
    "grad negative argnum": grad(lambda a, b: (a * b.exp()).sum(), argnums=-1)(x, y),
    "grad tree": grad(lambda t: (t["a"] * t["b"][0].cos()).sum())({"a": x, "b": [y]}),
    "grad aux": grad(lambda a: (a.pow(2).sum(), a * 3), has_aux=True)(x),
    "grad independent": grad(lambda a: torch.ones([], dtype=torch.float64))(x),
    "gradAndValue": grad_and_value(lambda a: a.pow(3).sum())(x),
    "gradAndValue aux": grad_and_value(lambda a: (a.pow(3).sum(), a + 1), has_aux=True)(x),
    "vjp": (lambda r: (r[0], r[1]((y, y.sum(1)))))(vjp(lambda a, b: (a * b, a.sum(1)), x, y)),
    "jvp": jvp(lambda a, b: (a * b, a.sin().sum()), (x, y), (y, x)),
    "linearize": (lambda r: (r[0], r[1](y)))(linearize(lambda a: a.sin() * a, x)),
    "jacrev": jacrev(mlp)(w, x[0]),
    "jacrev argnums": jacrev(mlp, argnums=(0, 1))(w, x[0]),
    "jacrev chunks": jacrev(mlp, argnums=1, chunk_size=3)(w, x[0]),
    "jacrev loop": jacrev(mlp, argnums=1, chunk_size=1)(w, x[0]),
    "jacrev tree": jacrev(lambda t: {"p": t["a"].sin(), "q": (t["a"] * t["b"]).sum()})({"a": x[0], "b": y[0]}),
    "jacrev aux": jacrev(lambda a: (a.sin(), a * 2), has_aux=True)(x[0]),
    "jacfwd": jacfwd(mlp)(w, x[0]),
    "jacfwd argnums": jacfwd(mlp, argnums=(0, 1))(w, x[0]),
    "jacfwd aux": jacfwd(lambda a: (a.sin(), a * 2), has_aux=True)(x[0]),
    "jacrev of jacrev": jacrev(jacrev(lambda a: (a.sin() * a.cumsum(0)).sum()))(x[0]),
    "jacfwd of jacfwd": jacfwd(jacfwd(lambda a: (a.sin() * a.cumsum(0)).sum()))(x[0]),
    "hessian": hessian(lambda a: (a.sin() * a.cumsum(0)).sum())(x[0]),
    "hessian of softmax": hessian(lambda weight: nll(weight, x[0], torch.tensor(2)))(w),
    "hessian of log_softmax": hessian(lambda a: F.log_softmax(a, 0)[1])(x[0]),
    "hessian of layer_norm": hessian(lambda a: F.layer_norm(a, (3,), x[1], y[1]).pow(3).sum())(x[0]),
    "hessian of batch_norm": hessian(lambda a: F.batch_norm(a, None, None, training=True).pow(3).sum())(x),
    "hessian of logsigmoid": hessian(lambda a: F.logsigmoid(a).sum())(x[0]),
    "hessian argnums": hessian(lambda a, b: (a * b.exp()).sum(), argnums=(0, 1))(x[0], y[0]),
    "vmap of hessian": vmap(hessian(lambda a: (a.exp() * a.flip(0)).sum()))(x),
    "vmap": vmap(torch.dot)(x, y),
    "vmap inDims": vmap(torch.dot, in_dims=(1, 1))(x, y),
    "vmap unmapped": vmap(torch.mv, in_dims=(None, 0))(w, x),
    "vmap negative": vmap(torch.dot, in_dims=(-1, 1))(x, y),
    "vmap outDims": vmap(lambda a: (a * 2, a.sum()), out_dims=(1, 0))(x),
    "vmap tree": vmap(lambda t: {"s": t["a"] + t["b"]}, in_dims=({"a": 0, "b": None},))({"a": x, "b": y[0]}),
    "vmap of vmap": vmap(vmap(lambda a, b: a * b, in_dims=(0, None)), in_dims=(None, 0))(x[0], y[0]),
    "vmap chunks": vmap(lambda a: a.cumsum(0), chunk_size=1)(x),
    "vmap unused": vmap(lambda a: y)(x),
    "vmap in place": vmap(lambda a: a.clone().mul_(2).add_(a))(x),
    "vmap index": vmap(lambda a, i: a[i])(x, target),
    "vmap where": vmap(lambda a: torch.where(a > 0, a, -a))(x),
    "vmap sort": vmap(lambda a: a.sort(descending=True)[0])(x),
    "vmap linalg": vmap(lambda a: torch.linalg.norm(torch.outer(a, a)))(x),
    "vmap addr": vmap(lambda a, b: torch.addr(w[:3], a, b, beta=0.5, alpha=2))(x, y),
    "vmap of grad": vmap(grad(nll), in_dims=(None, 0, 0))(w, x, target),
    "grad of vmap": grad(lambda weight: vmap(nll, in_dims=(None, 0, 0))(weight, x, target).sum())(w),
    "mse": losses("mse_loss"),
    "mse sum": losses("mse_loss", reduction="sum"),
    "smooth l1": losses("smooth_l1_loss", beta=0.7),
    "huber": losses("huber_loss", delta=0.4),
    "nll weights": vmap(
        grad(lambda a, t: F.nll_loss(a.log_softmax(0).unsqueeze(0), t.unsqueeze(0), weight=y[0], ignore_index=0))
    )(x, target),
    "nll 2d": vmap(
        grad(lambda a, t: F.nll_loss(a.reshape(1, 3, 1, 1), t.reshape(1, 1, 1), weight=y[0]))
    )(x, target),
    "nll none": vmap(lambda a: F.nll_loss(a.reshape(1, 3).expand(2, 3), target, reduction="none"))(x),
    "cnn": cnn(),
    "ensemble": ensemble(),
    "random different": random("different"),
    "random same": random("same"),
    "random in place": random_same_for_batched(),
    "chunked different": chunked("different"),
    "chunked same": chunked("same"),
    "functionalize mutations": changed("mutations"),
    "functionalize mutations_and_views": changed("mutations_and_views"),
}

golden = {
    "seed": SEED,
    "torch": torch.__version__,
    "values": {name: plain(value) for name, value in values.items()},
    "printed": printed(),
}
text = json.dumps(golden, separators=(",", ":"))
Path(__file__).with_suffix(".json").write_text(text + "\n")
