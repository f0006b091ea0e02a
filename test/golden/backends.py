"""Writes backends.json: the switches of torch.backends, and what setting one does to the others.

    python test/golden/backends.py

Needs the CPU build of torch 2.13. Each step sets one property, or calls a function with one argument;
`changes` are the properties that read differently after it. The steps follow on each other.
"""

import json
import os

import torch

PROPERTIES = """
fp32_precision
cuda.matmul.allow_tf32 cuda.matmul.allow_fp16_reduced_precision_reduction
cuda.matmul.allow_fp16_reduced_precision_reduction_split_k
cuda.matmul.allow_bf16_reduced_precision_reduction
cuda.matmul.allow_bf16_reduced_precision_reduction_split_k
cuda.matmul.allow_fp16_accumulation cuda.matmul.fp32_precision
cuda.flash_sdp_enabled() cuda.mem_efficient_sdp_enabled() cuda.math_sdp_enabled()
cuda.cudnn_sdp_enabled() cuda.fp16_bf16_reduction_math_sdp_allowed() cuda.is_built()
cudnn.enabled cudnn.benchmark cudnn.deterministic cudnn.allow_tf32 cudnn.fp32_precision
cudnn.conv.fp32_precision cudnn.rnn.fp32_precision cudnn.depthwise_kernel cudnn.is_available()
cudnn.version()
mkldnn.enabled mkldnn.deterministic mkldnn.allow_tf32 mkldnn.fp32_precision
mkldnn.matmul.fp32_precision mkldnn.conv.fp32_precision mkldnn.rnn.fp32_precision
mkldnn.is_available()
mkl.is_available() openmp.is_available() mps.is_built() mps.is_available()
nnpack.is_available() kleidiai.is_available() quantized.supported_engines
""".split()

STEPS = sum([
    [["cuda.matmul.allow_tf32", True], ["cuda.matmul.allow_tf32", False]],
    [["set_float32_matmul_precision", "high"], ["set_float32_matmul_precision", "medium"],
     ["set_float32_matmul_precision", "highest"]],
    [["cuda.matmul.fp32_precision", "tf32"], ["cuda.matmul.fp32_precision", "ieee"]],
    [["fp32_precision", "tf32"], ["fp32_precision", "ieee"], ["fp32_precision", "none"]],
    [["cudnn.fp32_precision", "tf32"], ["cudnn.conv.fp32_precision", "ieee"],
     ["cudnn.rnn.fp32_precision", "tf32"]],
    [["mkldnn.matmul.fp32_precision", "bf16"], ["mkldnn.conv.fp32_precision", "tf32"],
     ["mkldnn.rnn.fp32_precision", "ieee"]],
    [["cudnn.allow_tf32", False], ["cudnn.benchmark", True], ["cudnn.deterministic", True],
     ["cudnn.enabled", False], ["cudnn.depthwise_kernel", "native"]],
    [["mkldnn.enabled", False], ["mkldnn.deterministic", True], ["mkldnn.allow_tf32", True]],
    [["cuda.matmul.allow_fp16_reduced_precision_reduction", False],
     ["cuda.matmul.allow_bf16_reduced_precision_reduction", [False, False]],
     ["cuda.matmul.allow_bf16_reduced_precision_reduction", [True]]],
    [["cuda.enable_flash_sdp", False], ["cuda.enable_math_sdp", False],
     ["cuda.enable_mem_efficient_sdp", False], ["cuda.enable_cudnn_sdp", False],
     ["cuda.allow_fp16_bf16_reduction_math_sdp", True]],
], [])


def read(path):
    target = torch.backends
    try:
        for part in path.removesuffix("()").split("."):
            target = getattr(target, part)
        return target() if path.endswith("()") else target
    except (RuntimeError, AttributeError) as error:
        return {"error": type(error).__name__}


def state():
    found = {path: read(path) for path in PROPERTIES}
    try:
        found["get_float32_matmul_precision()"] = torch.get_float32_matmul_precision()
    except RuntimeError as error:
        found["get_float32_matmul_precision()"] = {"error": type(error).__name__}
    return found


def apply(path, value):
    if path.startswith("set_"):
        getattr(torch, path)(value)
        return
    *owners, last = path.split(".")
    owner = torch.backends
    for part in owners:
        owner = getattr(owner, part)
    if last.startswith(("enable_", "allow_fp16_bf16")):
        getattr(owner, last)(value)
    else:
        setattr(owner, last, tuple(value) if isinstance(value, list) else value)


def run():
    steps = []
    before = state()
    for path, value in STEPS:
        step = {"set": path, "to": value}
        try:
            apply(path, value)
        except RuntimeError as error:
            step["error"] = str(error).splitlines()[0]
        after = state()
        step["changes"] = {k: v for k, v in after.items() if v != before[k]}
        steps.append(step)
        before = after
    return steps


if __name__ == "__main__":
    start = state()
    golden = {"torch": torch.__version__, "start": start, "steps": run()}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "backends.json")
    with open(path, "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")
