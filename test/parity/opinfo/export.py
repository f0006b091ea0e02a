"""Runs PyTorch's own OpInfo tables and writes down every call, its result and its gradients.

    python test/parity/opinfo/export.py FOLDER [NAME ...]

FOLDER gets one archive for each entry of the tables. Names leave the other entries out.
"""

import itertools
import os
import random
import re
import sys
import time
import warnings
import zlib

import numpy
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../golden"))
from calls import (  # noqa: E402
    Trace,
    find,
    function_path,
    import_tables,
    key,
    method_path,
    parameter_names,
    public_name,
)
from recording import made_on, output_gradient  # noqa: E402
from values import Archive, Unwritable, short  # noqa: E402

SEED = 20251125
DTYPES = [
    torch.float32,
    torch.float64,
    torch.complex64,
    torch.int64,
    torch.bool,
    torch.bfloat16,
]
LAYOUTS = [torch.sparse_coo, torch.sparse_csr]
# Of a sparse layout an operator may have thousands of samples.
MOST_SPARSE = 40
# What is in memory that was never written says nothing.
UNWRITTEN = re.compile(r"(^|_)empty(_|$)|^resize(_as)?_$")


def start(seed):
    torch.manual_seed(seed)
    random.seed(seed)
    numpy.random.seed(seed % 2**32)


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in flat(item)]
    if isinstance(value, dict):
        return [x for item in value.values() for x in flat(item)]
    return []


def same(a, b, exact=False):
    """Whether two results agree, as far as rounding lets them."""
    if isinstance(a, torch.Tensor):
        if not isinstance(b, torch.Tensor) or a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.layout != b.layout or a.is_nested != b.is_nested:
            return False
        if a.is_nested:
            return all(same(x, y) for x, y in zip(a.unbind(), b.unbind()))
        try:
            torch.testing.assert_close(
                a.detach(), b.detach(), equal_nan=True, check_stride=False,
                **({"rtol": 0, "atol": 0} if exact else {}),
            )
            return True
        except AssertionError:
            return False
    if isinstance(a, (list, tuple)):
        return isinstance(b, (list, tuple)) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and a != a:
        return isinstance(b, float) and b != b
    return type(a) is type(b) and a == b


class Sample:
    """One call, or a short program of calls, written down."""

    def __init__(self, archive, steps, seed, get):
        self.archive = archive
        self.steps = steps
        self.seed = seed
        self.get = get

    def arguments(self, step, results=()):
        args = self.archive.value(step["args"], results)
        return args, self.archive.value({"dict": step.get("kwargs", {})}, results)

    def play(self, change=None):
        """Runs it on fresh inputs; gives what it returned, and the tensors that gradients reach."""
        results, leaves = [], []
        torch.manual_seed(self.seed)
        for step in self.steps:
            args, kwargs = self.arguments(step, results)
            leaves += [x for x in flat([args, kwargs]) if x.requires_grad and x.is_leaf]
            function, args, kwargs = (change or (lambda *given: given))(self.get(step), args, kwargs)
            results.append(function(*args, **kwargs))
        return results[-1], leaves


def get_function(step):
    name = step["call"]
    if name.startswith("get "):
        attribute = name.split(".")[-1]
        return lambda x: getattr(x, attribute)
    if name.startswith("Tensor."):
        return getattr(torch.Tensor, name.removeprefix("Tensor."))
    return find(name)


def steps_of(op, archive, function, sample):
    """The calls of a sample, as public names and written arguments."""
    if function is not None:
        given = [sample.input, *sample.args]
        return [written(archive, function, given, sample.kwargs, ())]
    with Trace() as trace:
        try:
            op.op(sample.input, *sample.args, **sample.kwargs)
        except Exception:
            if not trace.calls:
                raise
    steps = []
    for i, (func, args, kwargs) in enumerate(trace.calls):
        steps.append(written(archive, public_name(func), args, kwargs, trace.results[:i]))
    if not steps:
        raise Unwritable("no public call")
    return steps


def written(archive, name, args, kwargs, refs):
    step = {"call": name, "args": [archive.argument(arg, refs) for arg in args]}
    if kwargs:
        step["kwargs"] = {k: archive.argument(v, refs) for k, v in kwargs.items()}
    return step


def gradients(result, leaves):
    outputs = [x for x in flat(result) if x.requires_grad]
    outputs = [x if x.layout == torch.strided else x.to_dense() for x in outputs]
    if not outputs:
        return None
    sent = []
    for x in outputs:
        sent.append(output_gradient(x.detach()))
    return list(torch.autograd.grad(outputs, leaves, sent, allow_unused=True))


class Exporter:
    def __init__(self, op):
        self.op = op
        self.archive = Archive("storage" if op.name == "as_strided" else True)
        self.function = function_path(op)
        self.method = method_path(op, op.method_variant)
        self.in_place = method_path(op, op.inplace_variant)
        self.parameters = parameter_names(op, self.function) if self.function else []
        self.samples = []
        self.errors = []
        self.left_out = []
        self.unwritten = bool(UNWRITTEN.search(op.name))

    def leave_out(self, dtype, number, reason):
        self.left_out.append([str(dtype).removeprefix("torch."), number, reason[:200]])

    def run(self):
        supported = self.op.supported_dtypes("cpu")
        backward = self.op.supported_backward_dtypes("cpu") if self.op.supports_autograd else []
        for dtype in DTYPES:
            if dtype in supported:
                self.run_dtype(dtype, dtype in backward)
        for layout in LAYOUTS:
            if torch.float32 in supported and self.op.supports_sparse_layout(layout):
                self.run_dtype(torch.float32, torch.float32 in backward, layout)
        if self.op.error_inputs_func is not None:
            self.run_errors()

    def tables(self, dtype, wants_grad, layout):
        """The samples of the tables; of sparse layouts some operators have none to give."""
        if layout is None:
            return list(self.op.sample_inputs("cpu", dtype, requires_grad=wants_grad))
        try:
            samples = self.op.sample_inputs_sparse(layout, "cpu", dtype, requires_grad=wants_grad)
            return list(itertools.islice(samples, MOST_SPARSE))
        except NotImplementedError:
            return []

    def run_dtype(self, dtype, wants_grad, layout=None):
        start(zlib.crc32(f"{SEED} {key(self.op)} {dtype} {layout}".encode()))
        try:
            samples = self.tables(dtype, wants_grad, layout)
        except Exception as error:
            return self.leave_out(dtype, -1, f"the table itself fails: {error}")
        for number, sample in enumerate(samples):
            seed = len(self.samples)
            try:
                torch.manual_seed(seed)
                steps = steps_of(self.op, self.archive, self.function, sample)
                row = self.run_sample(dtype, number, steps, seed, sample)
                if layout is not None:
                    row["layout"] = short(layout)
                self.samples.append(row)
            except Unwritable as error:
                self.leave_out(dtype, number, str(error))
            except Exception as error:
                self.leave_out(dtype, number, f"Python fails: {type(error).__name__}: {error}")

    def run_sample(self, dtype, number, steps, seed, sample):
        play = Sample(self.archive, steps, seed, get_function)
        result, leaves = play.play()
        row = {"dtype": str(dtype).removeprefix("torch."), "number": number, "seed": seed}
        row["steps"] = steps
        row["result"] = self.archive.result(result)
        again, _ = play.play()
        if self.unwritten or not same(result, again):
            row["loose"] = True
        forms = self.forms(play, result, sample)
        if forms:
            row["forms"] = forms
        names = self.names(play, result)
        if names:
            row["names"] = names
        if leaves:
            try:
                grads = gradients(result, leaves)
                if grads is not None:
                    row["gradients"] = [self.archive.result(g) for g in grads]
                    again = gradients(*play.play())
                    if not same(grads, again):
                        row["looseGradients"] = True
            except Unwritable as error:
                self.leave_out(dtype, number, str(error))
            except Exception as error:
                row["gradientError"] = str(error)[:200]
        return row

    def forms(self, play, result, sample):
        """The other ways to make the call that give the same in Python."""
        forms = []
        if self.function is None:
            return forms
        first = play.steps[0]["args"][0]
        is_tensor = isinstance(first, dict) and "t" in first
        if is_tensor and self.method and self.agrees(play, result, self.method):
            forms.append("method")
        if is_tensor and self.in_place and not sample.broadcasts_input:
            if self.agrees(play, result, self.in_place, copy=True):
                forms.append("inPlace")
        if self.op.supports_out and self.agrees_out(play, result):
            forms.append("out")
        return forms

    def names(self, play, result):
        """By which names all arguments but the first can be given, where they can."""
        step = play.steps[0]
        count = len(step["args"])
        if self.function is None or count < 2:
            return None
        for known in self.parameters:
            names = known[1:count]
            if len(names) < count - 1 or set(names) & set(step.get("kwargs", {})):
                continue

            def change(function, args, kwargs, names=names):
                return function, args[:1], {**kwargs, **dict(zip(names, args[1:]))}

            try:
                if same(result, play.play(change)[0]):
                    return names
            except Exception:
                pass
        return None

    def agrees(self, play, result, name, copy=False):
        def change(function, args, kwargs):
            given = [args[0].clone(), *args[1:]] if copy else args
            return getattr(torch.Tensor, name), given, kwargs

        try:
            return same(result, play.play(change)[0])
        except Exception:
            return False

    def agrees_out(self, play, result):
        outs = [torch.empty(0, dtype=x.dtype) for x in flat(result)]
        is_one = isinstance(result, torch.Tensor)
        if not outs or not (is_one or all(isinstance(x, torch.Tensor) for x in result)):
            return False

        def change(function, args, kwargs):
            return function, args, {**kwargs, "out": outs[0] if is_one else tuple(outs)}

        try:
            with torch.no_grad():
                given = play.play(change)[0]
            outs = outs[0] if is_one else outs
            return same(result, given) and same(result if is_one else list(result), outs)
        except Exception:
            return False

    def run_errors(self):
        start(SEED)
        try:
            errors = list(self.op.error_inputs("cpu"))
        except Exception as error:
            return self.leave_out("errors", -1, f"the table itself fails: {error}")
        for number, error in enumerate(errors):
            try:
                steps = steps_of(self.op, self.archive, self.function, error.sample_input)
                play = Sample(self.archive, steps, 0, get_function)
                try:
                    play.play()
                    self.leave_out("errors", number, "Python accepts it as it is written down")
                except Exception as raised:
                    row = {"number": number, "steps": steps}
                    row["error"] = [type(raised).__name__, str(raised)[:300]]
                    self.errors.append(row)
            except Unwritable as reason:
                self.leave_out("errors", number, str(reason))
            except Exception as reason:
                self.leave_out("errors", number, f"{type(reason).__name__}: {reason}")

    def header(self):
        return {
            **made_on(),
            "name": key(self.op),
            "method": self.method,
            "inPlace": self.in_place,
            "samples": self.samples,
            "errors": self.errors,
            "leftOut": self.left_out,
        }


def main(folder, names):
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    begin = time.time()
    total = 0
    for op in import_tables():
        if names and key(op) not in names and op.name not in names:
            continue
        since = time.time()
        exporter = Exporter(op)
        exporter.run()
        exporter.archive.write(f"{folder}/{key(op)}.bin.gz", exporter.header())
        total += len(exporter.samples)
        if time.time() - since > 10:
            print(f"{key(op)}: {time.time() - since:.0f} s", flush=True)
    print(f"{total} samples in {time.time() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], set(sys.argv[2:]))
