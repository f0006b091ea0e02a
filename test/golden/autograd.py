"""What PyTorch's autograd answers: names of nodes, messages of errors, gradients of random inputs.

    python test/golden/autograd.py

writes autograd.json beside it; test/unit/autograd.test.ts does the same under the same names.
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import conv2d, cross_entropy, gelu, layer_norm, linear, max_pool2d

SEED = 0


def leaf(*shape):
    return torch.ones(*shape, requires_grad=True)


NODES = {
    "leaf": lambda: leaf(2),
    "no gradient": lambda: torch.ones(2).exp(),
    "add": lambda: leaf(2) + leaf(2),
    "add a number": lambda: leaf(2) + 1,
    "sub": lambda: leaf(2) - leaf(2),
    "mul": lambda: leaf(2) * 2,
    "div": lambda: leaf(2) / 2,
    "pow": lambda: leaf(2) ** 2,
    "pow of a tensor": lambda: leaf(2) ** leaf(2),
    "neg": lambda: -leaf(2),
    "exp": lambda: leaf(2).exp(),
    "sigmoid": lambda: leaf(2).sigmoid(),
    "relu": lambda: leaf(2).relu(),
    "sum": lambda: leaf(2).sum(),
    "sum along a dimension": lambda: leaf(2, 2).sum(1),
    "mean": lambda: leaf(2).mean(),
    "max": lambda: leaf(2).max(),
    "max along a dimension": lambda: leaf(2, 2).max(1).values,
    "mm": lambda: leaf(2, 2) @ leaf(2, 2),
    "bmm": lambda: leaf(1, 2, 2) @ leaf(1, 2, 2),
    "t": lambda: leaf(2, 2).t(),
    "view": lambda: leaf(2, 2).view(4),
    "permute": lambda: leaf(2, 2).permute(1, 0),
    "clone": lambda: leaf(2).clone(),
    "select": lambda: leaf(2, 2)[0],
    "slice": lambda: leaf(2, 2)[:, 1:],
    "index": lambda: leaf(2)[torch.tensor([0, 0])],
    "cat": lambda: torch.cat([leaf(2), leaf(2)]),
    "unbind": lambda: leaf(2, 2).unbind(0)[1],
    "to a dtype": lambda: leaf(2).double(),
    "in place": lambda: leaf(2).clone().mul_(2),
    "assignment": lambda: assign(leaf(2).clone()),
    "linear": lambda: linear(leaf(2, 2), leaf(2, 2), leaf(2)),
    "conv2d": lambda: conv2d(leaf(1, 1, 2, 2), leaf(1, 1, 2, 2)),
    "max pooling": lambda: max_pool2d(leaf(1, 1, 2, 2), 2),
    "layer norm": lambda: layer_norm(leaf(2, 2), [2]),
    "gelu": lambda: gelu(leaf(2)),
    "softmax": lambda: leaf(2).softmax(0),
    "cross entropy": lambda: cross_entropy(leaf(2, 2), torch.tensor([0, 1])),
    "inverse": lambda: torch.linalg.inv(torch.eye(2, requires_grad=True)),
}


def assign(x):
    x[0] = 1
    return x


def backward_twice():
    y = leaf(2).exp().sum()
    y.backward()
    y.backward()


def changed_in_place():
    y = leaf(2).exp()
    y.add_(1)
    y.sum().backward()


def changed_under_another():
    x, w = leaf(2), torch.ones(2)
    y = x * w
    w.mul_(2)
    y.sum().backward()


def view_made_in_no_grad():
    x = leaf(2).clone()
    with torch.no_grad():
        view = x[:1]
    view.mul_(2)


def inferred():
    with torch.inference_mode():
        return torch.ones(2)



ERRORS = {
    "backward twice": backward_twice,
    "backward without gradient": lambda: torch.ones(2).sum().backward(),
    "backward of a vector": lambda: leaf(2).mul(2).backward(),
    "backward of a complex number": lambda: leaf(1).cfloat().mul(1j).sum().backward(),
    "backward with no inputs": lambda: leaf(2).sum().backward(inputs=[]),
    "as many gradients as tensors": lambda: torch.autograd.backward(
        [leaf(2).exp(), leaf(2).exp()], [torch.ones(2)]
    ),
    "unused input": lambda: torch.autograd.grad(leaf(2).sum(), leaf(2)),
    "input without gradient": lambda: torch.autograd.grad(leaf(2).sum(), torch.ones(2)),
    "materialize and refuse": lambda: torch.autograd.grad(
        leaf(2).sum(), leaf(2), allow_unused=False, materialize_grads=True
    ),
    "leaf changed in place": lambda: leaf(2).add_(1),
    "view of a leaf changed in place": lambda: leaf(2)[:1].add_(1),
    "changed in place": changed_in_place,
    "changed under another": changed_under_another,
    "one of many views changed": lambda: leaf(2).clone().unbind()[0].mul_(2),
    "view made in no_grad": view_made_in_no_grad,
    "detach_ of a view": lambda: leaf(2).clone()[:1].detach_(),
    "retain_grad without gradient": lambda: torch.ones(2).retain_grad(),
    "hook without gradient": lambda: torch.ones(2).register_hook(print),
    "inference tensor requires grad": lambda: inferred().requires_grad_(),
    "inference tensor saved": lambda: leaf(2).mul(inferred()),
    "inference tensor changed in place": lambda: inferred().add_(1),
    "inference tensor's version": lambda: inferred()._version,
    "view of an inference tensor changed": lambda: inferred()[:1].add_(1),
}


def error_of(run):
    try:
        run()
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error)}
    raise AssertionError("it does not throw")


def random_gradients():
    """A gradient and the product of a Hessian with a vector."""
    torch.manual_seed(SEED)
    x, w, v = (torch.randn(3, 3, dtype=torch.float64) for _ in range(3))
    w.requires_grad_()
    loss = (x @ w).tanh().logsumexp(1).mul(w.diagonal()).sum()
    (gradient,) = torch.autograd.grad(loss, w, create_graph=True)
    (product,) = torch.autograd.grad(gradient, w, v)
    return {"loss": loss.item(), "gradient": gradient.tolist(), "product": product.tolist()}


def name_of(run):
    node = run().grad_fn
    return node.name() if node else None


golden = {
    "torch": torch.__version__,
    "seed": SEED,
    "nodes": {name: name_of(run) for name, run in NODES.items()},
    "errors": {name: error_of(run) for name, run in ERRORS.items()},
    "random": random_gradients(),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
