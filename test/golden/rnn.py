"""Writes rnn.json: PyTorch's recurrent layers and cells, and torch.nn.utils.rnn.

    python test/golden/rnn.py

Every layer is built under a seed; the file holds its printed form, its state, what comes out in
training and in evaluation, and the gradients of inputs, states and parameters.
"""

import re
from pathlib import Path

import torch
from recording import Recorder, gradients
from torch import nn
from torch.nn.utils import rnn as utils

SEED = 11


def camel(name):
    return re.sub(r"(?<=[^_])_+([a-z0-9])", lambda m: m[1].upper(), name)


# class, arguments, options, shape of the input, shapes of the states, lengths where it is packed
LAYERS = [
    ("RNN", (3, 4), {}, (5, 2, 3), None, None),
    ("RNN", (3, 4, 2, "relu"), {}, (5, 2, 3), [(2, 2, 4)], None),
    ("RNN", (3, 4), {"nonlinearity": "relu", "bias": False, "batch_first": True}, (2, 5, 3), None, None),
    ("RNN", (3, 4), {"bidirectional": True}, (5, 3), [(2, 4)], None),
    ("RNN", (3, 4, 2), {"dropout": 0.5}, (5, 2, 3), None, None),
    ("RNN", (3, 4), {}, (4, 3, 3), [(1, 3, 4)], [2, 4, 1]),
    ("LSTM", (3, 4), {}, (5, 2, 3), None, None),
    ("LSTM", (3, 4, 2, True, True), {"bidirectional": True}, (2, 5, 3), [(4, 2, 4), (4, 2, 4)], None),
    ("LSTM", (3, 4), {"num_layers": 3, "dropout": 0.25}, (5, 2, 3), None, None),
    ("LSTM", (3, 4), {"proj_size": 2}, (5, 2, 3), [(1, 2, 2), (1, 2, 4)], None),
    ("LSTM", (3, 4, 2), {"proj_size": 3, "bidirectional": True, "bias": False}, (5, 3), None, None),
    ("LSTM", (3, 4), {"dtype": torch.float64}, (5, 3), [(1, 4), (1, 4)], None),
    ("LSTM", (3, 4, 2), {"bidirectional": True}, (4, 3, 3), None, [4, 2, 1]),
    ("LSTM", (3, 4), {}, (4, 3, 3), [(1, 3, 4), (1, 3, 4)], [2, 4, 1]),
    ("GRU", (3, 4), {}, (5, 2, 3), None, None),
    ("GRU", (3, 4, 2), {"bidirectional": True, "batch_first": True, "dropout": 0.5}, (2, 5, 3), [(4, 2, 4)], None),
    ("GRU", (3, 4), {"bias": False, "batch_first": True}, (5, 3), [(1, 4)], None),
    ("GRU", (3, 4, 2), {"bidirectional": True}, (4, 3, 3), [(4, 3, 4)], [1, 2, 4]),
    ("RNNCell", (3, 4), {}, (2, 3), None, None),
    ("RNNCell", (3, 4), {"nonlinearity": "relu", "bias": False}, (3,), [(4,)], None),
    ("LSTMCell", (3, 4), {}, (2, 3), [(2, 4), (2, 4)], None),
    ("LSTMCell", (3, 4, False), {}, (3,), None, None),
    ("GRUCell", (3, 4), {}, (2, 3), [(2, 4)], None),
    ("GRUCell", (3, 4), {"bias": False, "dtype": torch.float64}, (3,), None, None),
]


def flat(value):
    if isinstance(value, utils.PackedSequence):
        return [value.data]
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for item in value for tensor in flat(item)]


def run_layer(record, index, name, args, kwargs, shape, states, lengths):
    torch.manual_seed(index)
    layer = getattr(nn, name)(*args, **kwargs)
    dtype = kwargs.get("dtype", torch.float32)
    input = torch.randn(shape, dtype=dtype)
    hidden = [torch.randn(state, dtype=dtype) for state in states or []]
    case = {
        "layer": name,
        "args": list(args),
        "options": {camel(key): record(value) for key, value in kwargs.items()},
        "input": record(input),
        "hidden": record(hidden),
        "lengths": lengths,
        "repr": repr(layer),
        "state": record(dict(layer.state_dict())),
    }
    for mode in ("train", "eval"):
        layer.train(mode == "train")
        leaves = [tensor.clone().requires_grad_() for tensor in [input, *hidden]]
        given = leaves[0]
        if lengths:
            given = utils.pack_padded_sequence(given, lengths, enforce_sorted=lengths == sorted(lengths)[::-1])
        hx = None if not hidden else leaves[1] if len(hidden) == 1 else tuple(leaves[1:])
        torch.manual_seed(100 + index)
        outputs = flat(layer(given, hx))
        case[mode] = {
            "outputs": record(outputs),
            "gradients": record(gradients(outputs, leaves + list(layer.parameters()))),
        }
    return case


def run_utils(record):
    sequences = [torch.randn(length, 2) for length in (2, 4, 1)]
    padded = utils.pad_sequence(sequences)
    packed = utils.pack_sequence(sequences, enforce_sorted=False)
    back, lengths = utils.pad_packed_sequence(packed, batch_first=True, padding_value=-1.0, total_length=5)
    ordered = utils.pack_padded_sequence(padded, torch.tensor([4, 4, 1]))
    return {
        "sequences": record(sequences),
        "padded": record(padded),
        "left": record(utils.pad_sequence(sequences, True, 7.0, "left")),
        "packed": record(list(packed)),
        "back": record(back),
        "lengths": record(lengths),
        "ordered": record(list(ordered)),
        "orderedBack": record(list(utils.pad_packed_sequence(ordered))),
        "unpacked": record(utils.unpack_sequence(packed)),
        "unpadded": record(utils.unpad_sequence(padded.clone(), torch.tensor([2, 4, 1]))),
        "double": record(list(packed.double())),
        "inverse": record(utils.invert_permutation(torch.tensor([2, 0, 3, 1]))),
        "repr": repr(utils.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])], enforce_sorted=False)),
        "reprOrdered": repr(utils.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])])),
    }


def main():
    record = Recorder()
    cases = [run_layer(record, i, *layer) for i, layer in enumerate(LAYERS)]
    torch.manual_seed(SEED)
    cases.append(run_utils(record))
    record.write(Path(__file__).with_suffix(".json"), SEED, cases)


torch.set_num_threads(1)
main()
