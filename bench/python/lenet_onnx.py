"""Writes LeNet as ONNX, for onnxruntime: `lenet_onnx.py FILE`."""

import sys
import warnings

import torch
from lenet import LeNet
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

# It adds functions written in onnxscript, which LeNet has none of, and would need the package onnx.
onnx_proto_utils._add_onnxscript_fn = lambda model_bytes, custom_opsets: model_bytes

warnings.simplefilter("ignore")
torch.manual_seed(0)
torch.onnx.export(
    LeNet().eval(),
    (torch.zeros(1, 1, 28, 28),),
    sys.argv[1],
    dynamo=False,
    input_names=["images"],
    output_names=["scores"],
    dynamic_axes={"images": {0: "n"}, "scores": {0: "n"}},
)
