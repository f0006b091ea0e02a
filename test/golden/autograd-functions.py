"""What PyTorch's custom Functions, graph hooks, autograd.functional, forward mode and checkpoints do.

    python test/golden/autograd-functions.py

writes autograd-functions.json beside it; test/unit/autograd-functions.test.ts does the same under
the same names.
"""

import json
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.autograd import Function, functional, forward_ad, graph
from torch.autograd.function import once_differentiable
from torch.func import grad, grad_and_value, jacfwd, jacrev, jvp, vmap
from torch.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential

SEED = 0
warnings.simplefilter("ignore")
torch.set_num_threads(1)


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def vector(*values):
    return torch.tensor(values, dtype=torch.float64)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad


class CubeSetup(Function):
    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def vjp(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad

    @staticmethod
    def jvp(ctx, tangent):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * tangent


class Scale(Function):
    @staticmethod
    def forward(ctx, x, factor, other=None):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None, None


class Several(Function):
    """Three outputs, one of them not a tensor, one without a gradient."""

    seen = None
    materialize = True

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(Several.materialize)
        index = x.argmax()
        ctx.mark_non_differentiable(index)
        return x * 2, index, "text", x + 1

    @staticmethod
    def backward(ctx, double, index, text, plus):
        Several.seen = [None if g is None else g.tolist() for g in (double, index, text, plus)]
        total = torch.zeros(2, dtype=torch.float64)
        for gradient, factor in ((double, 2), (plus, 1)):
            if gradient is not None:
                total = total + gradient * factor
        return total


class AddOne_(Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, grad):
        return grad * 10


class Same(Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, grad):
        return grad * 7


class Once(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


def returning(*gradients):
    class Returning(Function):
        @staticmethod
        def forward(ctx, x, y=None):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return gradients if len(gradients) != 1 else gradients[0]

    return Returning


def function_several(materialize, use):
    Several.materialize = materialize
    x = leaf(1, 5)
    double, index, text, plus = Several.apply(x)
    use(double, plus).sum().backward()
    return [x.grad.tolist(), Several.seen, index.requires_grad, text, index.item()]


def function_dirty():
    x = leaf(1, 2)
    y = x.clone()
    z = AddOne_.apply(y)
    z.sum().backward()
    return [x.grad.tolist(), y.tolist(), z is y, y._version, y.grad_fn.name()]


def function_same():
    x = leaf(1, 2)
    y = Same.apply(x)
    y.sum().backward()
    return [x.grad.tolist(), y is x, y.grad_fn.name(), y.data_ptr() == x.data_ptr()]


def function_double():
    x = leaf(2)
    (first,) = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)
    return [first.item(), second.item(), third.item()]


def function_jvp():
    x = vector(2, 3)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, vector(1, 10))
        primal, tangent = forward_ad.unpack_dual(CubeSetup.apply(dual))
        return [primal.tolist(), tangent.tolist()]


def function_needs():
    seen = []

    class Needs(Function):
        @staticmethod
        def forward(ctx, *args):
            seen.append(list(ctx.needs_input_grad))
            return args[0] * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append(list(ctx.needs_input_grad))
            return grad * 2, None, None

    Needs.apply(leaf(1), 3, vector(1)).backward()
    with torch.no_grad():
        y = Needs.apply(leaf(1), 3, vector(1))
    return [seen, y.requires_grad]


def run_scale():
    x = leaf(1, 2)
    y = Scale.apply(x, 3)
    y.sum().backward()
    return [x.grad.tolist(), y.grad_fn.name(), y.grad_fn.factor, y.grad_fn.next_functions[0][0].name()]


def extra_nones():
    x = leaf(1)
    returning(vector(5), None, None, None).apply(x).backward()
    return x.grad.tolist()


def null_gradient():
    x = leaf(1)
    y = returning(None).apply(x)
    return [None if g is None else g.tolist() for g in torch.autograd.grad(y, x, allow_unused=True)]


def grad_of(fn, *values):
    x = leaf(*values)
    fn(x).sum().backward()
    return x.grad.tolist()


def saved_output():
    class Exp(Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y, None)
            return y

        @staticmethod
        def backward(ctx, grad):
            y, none = ctx.saved_tensors
            assert none is None
            return y * grad

    x = leaf(0)
    y = Exp.apply(x)
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, x)
    return [slope.item(), curvature.item(), y.grad_fn.name()]


FUNCTIONS = {
    "one argument that is no tensor": run_scale,
    "several outputs": lambda: function_several(True, lambda double, plus: double),
    "several outputs, both used": lambda: function_several(True, lambda double, plus: double + plus),
    "several outputs, null gradients": lambda: function_several(False, lambda double, plus: double),
    "changed in place": function_dirty,
    "the input as it is": function_same,
    "three times differentiated": function_double,
    "forward mode": function_jvp,
    "needs_input_grad": function_needs,
    "once differentiable, once": lambda: grad_of(Once.apply, 3),
    "too many gradients, all null": extra_nones,
    "a null gradient": null_gradient,
    "an output saved": saved_output,
    "setup_context": lambda: grad_of(CubeSetup.apply, 2),
}


class NoBackward(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2


class NoForward(Function):
    pass


class Both(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad

    @staticmethod
    def vjp(ctx, grad):
        return grad


class SavesNumber(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(3)
        return x * 2


class DirtyNotReturned(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x * 2


class SavedChanged(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(w)
        return x * w

    @staticmethod
    def backward(ctx, grad):
        (w,) = ctx.saved_tensors
        return grad * w, None


def saved_changed():
    w = vector(2)
    y = SavedChanged.apply(leaf(1), w)
    w.add_(1)
    y.backward()


def twice():
    y = Cube.apply(leaf(1))
    y.backward()
    y.backward()


def once_twice():
    x = leaf(3)
    (slope,) = torch.autograd.grad(Once.apply(x), x, leaf(1), create_graph=True)
    slope.backward()


def no_jvp():
    with forward_ad.dual_level():
        Cube.apply(forward_ad.make_dual(vector(1), vector(1)))


def integer_tangent():
    with forward_ad.dual_level():
        forward_ad.make_dual(vector(1), torch.tensor([1]))


def nested_levels():
    with forward_ad.dual_level():
        forward_ad.enter_dual_level()


def hooked(register):
    y = leaf(1, 2).exp()
    register(y.grad_fn)
    y.sum().backward()


def wrong_jvp():
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def jvp(ctx, tangent):
            return tangent

    with forward_ad.dual_level():
        Wrong.apply(forward_ad.make_dual(vector(1), vector(1)))


def disabled_hooks():
    with graph.disable_saved_tensors_hooks("not here"):
        with graph.save_on_cpu():
            pass


def pack_changes():
    with graph.saved_tensors_hooks(lambda x: x.add_(1), lambda x: x):
        leaf(1).exp()


def unpack_no_tensor():
    with graph.saved_tensors_hooks(lambda x: x, lambda x: 3):
        y = leaf(1).exp()
    y.backward()


def different_run():
    runs = []

    def fn(x):
        runs.append(1)
        return x.sin().exp() if len(runs) == 1 else x.sin()

    checkpoint(fn, leaf(1), use_reentrant=False).backward()


def different_shape():
    runs = []

    def fn(x):
        runs.append(1)
        return (x if len(runs) == 1 else x[:1]).exp()

    checkpoint(fn, leaf(1, 2), use_reentrant=False).sum().backward()


def reentrant_grad():
    x = leaf(1)
    torch.autograd.grad(checkpoint(torch.exp, x, use_reentrant=True), x)


def anomaly():
    with torch.autograd.set_detect_anomaly(True):
        x = leaf(0)
        (x.sqrt() * 0).backward()


def apply_returning(*gradients):
    return lambda: returning(*gradients).apply(leaf(1)).backward()


ERRORS = {
    "too few gradients": lambda: returning(vector(1)).apply(leaf(1), 3).backward(),
    "too many gradients": apply_returning(vector(1), vector(1)),
    "gradient of a number": lambda: returning(vector(1), vector(1)).apply(leaf(1), 3).backward(),
    "gradient that is a number": apply_returning(3),
    "gradient of another shape": lambda: returning(vector(1, 2, 3)).apply(leaf(1, 2)).sum().backward(),
    "no backward": lambda: NoBackward.apply(leaf(1)).backward(),
    "no forward": lambda: NoForward.apply(leaf(1)),
    "backward and vjp": lambda: Both.apply(leaf(1)).backward(),
    "a number saved": lambda: SavesNumber.apply(leaf(1)),
    "dirty and not returned": lambda: DirtyNotReturned.apply(leaf(1).clone()),
    "dirty leaf": lambda: AddOne_.apply(leaf(1)),
    "saved and changed": saved_changed,
    "backward twice": twice,
    "once differentiable, twice": once_twice,
    "no jvp": no_jvp,
    "too few tangents": wrong_jvp,
    "no level": lambda: forward_ad.make_dual(vector(1), vector(1)),
    "tangent of integers": integer_tangent,
    "nested levels": nested_levels,
    "hooks disabled": disabled_hooks,
    "pack changes its input": pack_changes,
    "unpack gives no tensor": unpack_no_tensor,
    "recomputation saves less": different_run,
    "recomputation of another shape": different_shape,
    "reentrant checkpoint and grad": reentrant_grad,
    "edge of a tensor without gradient": lambda: graph.get_gradient_edge(vector(1)),
    "post hook on no leaf": lambda: leaf(1).exp().register_post_accumulate_grad_hook(lambda p: None),
    "post hook without gradient": lambda: vector(1).register_post_accumulate_grad_hook(lambda p: None),
    "pre-hook of another length": lambda: hooked(lambda node: node.register_prehook(lambda g: ())),
    "hook of another shape": lambda: hooked(
        lambda node: node.register_hook(lambda i, o: (vector(1, 2, 3),))
    ),
    "anomaly": anomaly,
}


def order_of_hooks():
    order = []
    x = leaf(1)
    y = x.exp()
    y.retain_grad()
    node = y.grad_fn
    node.register_hook(lambda i, o: order.append("post"))
    y.register_hook(lambda g: order.append("tensor"))
    node.register_prehook(lambda g: order.append("pre"))
    y.register_hook(lambda g: order.append("tensor 2"))
    x.register_hook(lambda g: order.append("leaf"))
    x.register_post_accumulate_grad_hook(lambda p: order.append(f"accumulated {p.grad is not None}"))
    accumulate = node.next_functions[0][0]
    accumulate.register_prehook(lambda g: order.append("leaf pre"))
    accumulate.register_hook(lambda i, o: order.append(f"leaf post {len(i)} {len(o)}"))
    graph.register_multi_grad_hook([x, y], lambda g: order.append("multi"))
    graph.register_multi_grad_hook([x, y], lambda g: order.append("any"), mode="any")
    y.sum().backward()
    return order


def hooks_replace():
    x = leaf(1, 2)
    y = x * 3
    y.grad_fn.register_prehook(lambda g: (g[0] * 2,))
    y.grad_fn.register_hook(lambda i, o: (i[0] + o[0], *i[1:]))
    handle = y.grad_fn.register_hook(lambda i, o: (i[0] * 100, *i[1:]))
    y.sum().backward(retain_graph=True)
    first = x.grad.tolist()
    handle.remove()
    x.grad = None
    y.sum().backward()
    return [first, x.grad.tolist()]


def multi_all():
    seen = []
    a, b = leaf(1), leaf(2)
    c, d = a * b, a * b
    graph.register_multi_grad_hook([a, b, c, d], lambda g: seen.append([x is not None for x in g]))
    c.sum().backward(retain_graph=True)
    c.sum().backward(inputs=[a], retain_graph=True)
    (c + d).sum().backward()
    return seen


def custom_order():
    order = []

    class Log(Function):
        @staticmethod
        def forward(ctx, x, name):
            ctx.name_of = name
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            order.append(ctx.name_of)
            return grad * 2, None

    x = leaf(1)
    a = Log.apply(x, "a")
    b = Log.apply(x, "b")
    c = Log.apply(a, "c")
    (b + c).sum().backward()
    return order


def packed():
    log = []
    a = leaf(1, 2)

    def pack(x):
        log.append(f"pack {list(x.shape)} {x.requires_grad}")
        return x.detach()

    def unpack(x):
        log.append(f"unpack {list(x.shape)}")
        return x

    with graph.saved_tensors_hooks(pack, unpack):
        y = a.exp()
        z = (y * a).sum()
        w = Cube.apply(z)
    w.backward()
    return [log, a.grad.tolist()]


def parent_names():
    x = leaf(1, 2)
    y = (x.exp() * x).sum()
    names = []

    def walk(node, depth):
        names.append("  " * depth + (node.name() if node is not None else "None"))
        for parent, _ in node.next_functions if node is not None else ():
            walk(parent, depth + 1)

    walk(y.grad_fn, 0)
    return names


def edges():
    x = leaf(1, 2)
    y = Cube.apply(x)
    edge = graph.get_gradient_edge(x)
    middle = graph.get_gradient_edge(y)
    (gradient,) = torch.autograd.grad(y.sum(), edge)
    y = Cube.apply(x)
    middle = graph.get_gradient_edge(y)
    z = y.sum()
    del y
    (inner,) = torch.autograd.grad(z, middle)
    return [gradient.tolist(), edge.node.name(), middle.node.name(), middle.output_nr, inner.tolist()]


def stochastic_checkpoint(use_reentrant, preserve):
    torch.manual_seed(SEED)
    x = leaf(1, 2, 3, 4)
    runs = []

    def fn(t):
        runs.append(1)
        return nn.functional.dropout(t.sin(), 0.5) * t

    y = checkpoint(fn, x, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    y.sum().backward()
    return [y.tolist(), x.grad.tolist(), len(runs), torch.rand(2, dtype=torch.float64).tolist()]


def early_stop(enabled):
    ran = []
    x = leaf(1, 2)

    def fn(t):
        ran.append("sin")
        t = t.sin()
        ran.append("exp")
        t = t.exp()
        ran.append("end")
        return t + 1

    checkpoint(fn, x, use_reentrant=False, early_stop=enabled).sum().backward()
    return [ran, x.grad.tolist()]


def nested_checkpoint():
    x = leaf(0.5, 1)

    def inner(t):
        return t.exp().sin()

    def outer(t):
        return checkpoint(inner, t.cos(), use_reentrant=False) * t

    y = checkpoint(outer, x, use_reentrant=False)
    (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    slope.sum().backward()
    return [slope.tolist(), x.grad.tolist()]


def sequential(use_reentrant):
    torch.manual_seed(SEED)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1)).double()
    x = leaf(1, 2)
    y = checkpoint_sequential(model, 2, x, use_reentrant=use_reentrant)
    y.backward()
    return [y.tolist(), x.grad.tolist(), [p.grad.tolist() for p in model.parameters()]]


def forward_over_reverse():
    x = vector(0.5, 2)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x.clone().requires_grad_(), vector(1, 3))
        (gradient,) = torch.autograd.grad((dual.sin() * dual**2).sum(), dual, create_graph=True)
        primal, tangent = forward_ad.unpack_dual(gradient)
        return [primal.tolist(), tangent.tolist()]


GRAPHS = {
    "order of hooks": order_of_hooks,
    "hooks that replace": hooks_replace,
    "multi-grad hook": multi_all,
    "order of custom Functions": custom_order,
    "packed and unpacked": packed,
    "the graph": parent_names,
    "gradient edges": edges,
    "checkpoint": lambda: stochastic_checkpoint(False, True),
    "checkpoint, reentrant": lambda: stochastic_checkpoint(True, True),
    "checkpoint, early stop": lambda: early_stop(True),
    "checkpoint, no early stop": lambda: early_stop(False),
    "checkpoint in checkpoint": nested_checkpoint,
    "checkpoint_sequential": lambda: sequential(False),
    "checkpoint_sequential, reentrant": lambda: sequential(True),
    "forward over reverse": forward_over_reverse,
}


class Fake(Function):
    """Derivatives that are none of its forward's, to tell which were used."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, scale):
        return x**2 * scale, x + 1

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, scale = inputs
        ctx.scale = scale
        ctx.save_for_backward(x, output[0])
        ctx.save_for_forward(x, output[0])

    @staticmethod
    def backward(ctx, first, second):
        x, output = ctx.saved_tensors
        return first * x * 10 + second * 3 + output * 0, None

    @staticmethod
    def jvp(ctx, tangent, _):
        x, _ = ctx.saved_tensors
        return tangent * x * 7, tangent * 5


class OwnVmap(Function):
    @staticmethod
    def forward(x, y):
        return x * y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return grad * y * 2, grad * x * 3

    @staticmethod
    def vmap(info, in_dims, x, y):
        x = x if in_dims[0] is None else x.movedim(in_dims[0], 0)
        y = y if in_dims[1] is None else y.movedim(in_dims[1], 0)
        return OwnVmap.apply(x, y) + info.batch_size, 0


class NoRule(Function):
    @staticmethod
    def forward(x):
        return x * 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass


class BothRules(OwnVmap):
    generate_vmap_rule = True


def fake(x):
    return Fake.apply(x, 2)[0]


def through_vmap():
    x = leaf(1, 2)
    first, second = vmap(lambda y: Fake.apply(y, 2))(x)
    (first + second).sum().backward()
    return [first.tolist(), second.tolist(), x.grad.tolist()]


def own_vmap():
    x, y = leaf(1, 2, 3), leaf(4)
    out = vmap(OwnVmap.apply, (0, None))(x, y.squeeze())
    out.sum().backward()
    return [out.tolist(), x.grad.tolist(), y.grad.tolist()]


M = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
ONE = vector(1, 1)

TRANSFORMS = {
    "grad": lambda: grad(lambda x: fake(x).sum())(vector(1, 2)),
    "grad of both outputs": lambda: grad(lambda x: sum(o.sum() for o in Fake.apply(x, 2)))(vector(1, 2)),
    "grad of grad": lambda: grad(lambda y: grad(lambda x: fake(x).sum())(y).sum())(vector(1, 2)),
    "outside of an inner grad": lambda: grad(
        lambda a: grad(lambda y: (fake(a) * y).sum())(ONE).sum()
    )(vector(1, 2)),
    "on both sides": lambda: grad(lambda a: grad(lambda y: fake(a * y).sum())(ONE).sum())(vector(1, 2)),
    "the value within an inner grad": lambda: grad(
        lambda a: grad_and_value(lambda y: fake(a * y).sum())(ONE)[1]
    )(vector(1, 2)),
    "vmap": lambda: vmap(fake)(M),
    "vmap along another dimension": lambda: vmap(lambda x: fake(x), 1, 1)(M),
    "vmap of grad": lambda: vmap(grad(lambda x: fake(x).sum()))(M),
    "vmap of grad in an unmapped input": lambda: vmap(
        lambda x, y: grad(lambda z: (fake(z) * y).sum())(x), (None, 0)
    )(vector(1, 2), M),
    "grad of vmap": lambda: grad(lambda x: vmap(fake)(x).sum())(M),
    "vmap of vmap": lambda: vmap(vmap(fake))(M),
    "jvp": lambda: jvp(lambda x: Fake.apply(x, 2), (vector(1, 2),), (vector(1, 10),))[1],
    "vmap of jvp": lambda: vmap(lambda x, t: jvp(fake, (x,), (t,))[1])(M, M),
    "jacrev": lambda: jacrev(fake)(vector(1, 2)),
    "jacfwd": lambda: jacfwd(fake)(vector(1, 2)),
    "hessian": lambda: jacrev(jacrev(lambda x: fake(x).sum()))(vector(1, 2)),
    "backward through vmap": through_vmap,
    "a vmap of its own": own_vmap,
    "no setup_context": lambda: failure(lambda: grad(lambda x: Cube.apply(x).sum())(vector(1))),
    "no rule for vmap": lambda: failure(lambda: vmap(NoRule.apply)(vector(1))),
    "two rules for vmap": lambda: failure(lambda: vmap(BothRules.apply)(vector(1), vector(1))),
}


def nest(value):
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if not isinstance(value, (list, tuple)):
        return value
    return [nest(item) for item in value]


def two(x, y):
    return x.sin() * y.sum(), (x * x).sum() + y


def scalar(x, y):
    return (x.pow(3) * y.sum()).sum() + (y * y * x).sum()


A, B = vector(1, 2), vector(0.5, -1)

FUNCTIONAL = {
    "jacobian": lambda: functional.jacobian(lambda x: x.sin() * x.sum(), A),
    "jacobian of two by two": lambda: functional.jacobian(two, (A, B)),
    "jacobian, unused input": lambda: functional.jacobian(lambda x, y: x * 2, (A, B)),
    "jacobian by forward mode": lambda: functional.jacobian(
        two, (A, B), vectorize=True, strategy="forward-mode"
    ),
    "jacobian, vectorized": lambda: functional.jacobian(two, (A, B), vectorize=True),
    "hessian": lambda: functional.hessian(lambda x: x.pow(3).prod(), A),
    "hessian of two": lambda: functional.hessian(scalar, (A, B)),
    "hessian, vectorized": lambda: functional.hessian(scalar, (A, B), vectorize=True),
    "vjp": lambda: functional.vjp(two, (A, B), (vector(1, 10), vector(3, 5))),
    "vjp of a number": lambda: functional.vjp(lambda x: x.prod(), A),
    "jvp": lambda: functional.jvp(two, (A, B), (vector(1, 10), vector(3, 5))),
    "vhp": lambda: functional.vhp(scalar, (A, B), (vector(1, 10), vector(3, 5))),
    "hvp": lambda: functional.hvp(scalar, (A, B), (vector(1, 10), vector(3, 5))),
    "hvp of one": lambda: functional.hvp(lambda x: x.pow(3).sum(), A, vector(1, 10)),
}

STRICT = {
    "jacobian": lambda: functional.jacobian(lambda x, y: x * 2, (A, B), strict=True),
    "jacobian of a constant": lambda: functional.jacobian(lambda x: vector(1), A, strict=True),
    "jacobian of a linear function": lambda: functional.jacobian(
        lambda x: x * 2, A, strict=True, create_graph=True
    ),
    "hessian of a linear function": lambda: functional.hessian(lambda x: x.sum(), A, strict=True),
    "vjp": lambda: functional.vjp(lambda x, y: x * 2, (A, B), vector(1, 1), strict=True),
    "jvp": lambda: functional.jvp(lambda x: vector(1), A, vector(1, 1), strict=True),
    "vhp of a linear function": lambda: functional.vhp(lambda x: x.sum(), A, vector(1, 1), strict=True),
    "hvp of a linear function": lambda: functional.hvp(lambda x: x.sum(), A, vector(1, 1), strict=True),
    "v of another shape": lambda: functional.vjp(lambda x: x * 2, A, vector(1)),
    "v left out": lambda: functional.vjp(lambda x: x * 2, A),
    "vectorized and strict": lambda: functional.jacobian(lambda x: x, A, strict=True, vectorize=True),
    "hessian of a vector": lambda: functional.hessian(lambda x: x * 2, A),
    "hessian of two outputs": lambda: functional.hessian(lambda x: (x.sum(), x.sum()), A),
    "an input that is no tensor": lambda: functional.jacobian(lambda x: x, 3),
    "an output that is no tensor": lambda: functional.jacobian(lambda x: 3, A),
}


def failure(run):
    try:
        run()
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error)}
    return {"type": "none", "message": ""}


def main():
    recorded = {
        "torch": torch.__version__,
        "seed": SEED,
        "functions": {name: run() for name, run in FUNCTIONS.items()},
        "errors": {name: failure(run) for name, run in ERRORS.items()},
        "graphs": {name: run() for name, run in GRAPHS.items()},
        "functional": {name: nest(run()) for name, run in FUNCTIONAL.items()},
        "transforms": {name: nest(run()) for name, run in TRANSFORMS.items()},
        "strict": {name: failure(run) for name, run in STRICT.items()},
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(recorded, indent=1) + "\n")


main()
