"""Writes devices.json: what Python's CPU build answers where CUDA, MPS and XPU are not there.

    python test/golden/devices.py

Needs the CPU build of torch 2.13. `calls` has, for each function of `torch.cuda` and its kin, what it
returns or raises for some arguments; `summary` is the table of memory for made-up books.
"""

import json
import os
import types
import warnings

import torch

warnings.simplefilter("ignore")

# Arguments for what needs some; the others are called without.
ARGUMENTS = {
    "cuda.caching_allocator_alloc": [[16]],
    "cuda.caching_allocator_delete": [[0]],
    "cuda.can_device_access_peer": [[0, 1]],
    "cuda.check_error": [[0]],
    "cuda.get_stream_from_external": [[0]],
    "cuda.manual_seed": [[1]],
    "cuda.manual_seed_all": [[1]],
    "cuda.set_device": [[0], [-1], ["cpu"], ["cuda"]],
    "cuda.set_per_process_memory_fraction": [[0.5]],
    "cuda.set_rng_state_all": [[[]]],
    "cuda.set_stream": [[None]],
    "cuda.set_sync_debug_mode": [["warn"], [1]],
    "cuda.device": [[None], [-1], ["cpu"]],
    "cuda.get_device_name": [[], [0], ["cpu"]],
    "cuda.get_device_capability": [[], [0]],
    "cuda.get_device_properties": [[], [0]],
    "cuda.synchronize": [[], [0]],
    "accelerator.current_accelerator": [[], [True]],
    "accelerator.set_device_index": [[0]],
    "accelerator.current_stream": [[]],
    "xpu.set_device": [[0], [-1]],
    "xpu.manual_seed": [[1]],
    "xpu.manual_seed_all": [[1]],
    "xpu.can_device_access_peer": [[0, 1]],
    "xpu.set_rng_state_all": [[[]]],
    "xpu.set_stream": [[None]],
    "xpu.get_stream_from_external": [[0]],
    "xpu.set_per_process_memory_fraction": [[0.5]],
    "mps.manual_seed": [[1]],
    "mps.set_per_process_memory_fraction": [[0.5]],
    "cuda.nvtx.mark": [["a"]],
    "cuda.nvtx.range_push": [["a"]],
    "cuda.nvtx.range_start": [["a"]],
    "cuda.nvtx.range_end": [[0]],
    "backends.mps.is_macos_or_newer": [[13, 0]],
}
# Takes a tensor, a path or a body, or is tested elsewhere.
SKIPPED = {
    "cuda.set_rng_state", "cuda.change_current_allocator", "cuda.device_of", "cuda.graph",
    "cuda.make_graphed_callables", "cuda.use_mem_pool", "cuda.cudart", "cuda.stream",
    "cuda.caching_allocator_disabled", "accelerator.set_stream", "accelerator.get_device_capability",
    "accelerator.device_index", "xpu.device", "xpu.device_of", "xpu.stream", "xpu.graph",
    "xpu.make_graphed_callables", "xpu.use_mem_pool", "xpu.change_current_allocator",
    "xpu.set_rng_state", "mps.set_rng_state", "mps.compile_shader", "mps.load_metallib",
    "cuda.nvtx.range", "cuda.memory_snapshot", "xpu.memory_snapshot",
    "cuda.CUDAPluggableAllocator", "cuda.CudaError", "cuda.DeferredCudaCallError",
    "cuda.ExternalStream", "cuda.StreamContext", "cuda.GreenContext", "cuda.MemPool", "cuda.CUDAGraph",
    "xpu.XPUPluggableAllocator", "xpu.StreamContext", "xpu.XPUGraph", "xpu.MemPool",
    "accelerator.Graph", "accelerator.current_device_idx", "accelerator.set_device_idx",
    "cuda.OutOfMemoryError", "cuda.AcceleratorError", "cuda.cudaStatus",
}
MODULES = {
    "cuda": torch.cuda, "accelerator": torch.accelerator, "xpu": torch.xpu, "mps": torch.mps,
    "backends.mps": torch.backends.mps, "cuda.nvtx": torch.cuda.nvtx,
}


def names_of(module):
    return sorted(set(getattr(module, "__all__", None) or dir(module)))


def plain(value):
    if isinstance(value, torch.dtype | torch.device):
        return str(value)
    if isinstance(value, dict):
        return dict(value)
    return value


def record(function, arguments):
    try:
        return {"value": plain(function(*arguments))}
    except BaseException as error:
        message = str(error).splitlines()[0] if str(error) else ""
        return {"error": type(error).__name__, "message": message}


def calls():
    rows = []
    for prefix, module in MODULES.items():
        for name in names_of(module):
            if name.startswith("_"):
                continue
            value = getattr(module, name)
            full = f"{prefix}.{name}"
            is_theirs = getattr(value, "__module__", "").startswith("torch") and callable(value)
            if isinstance(value, types.ModuleType) or not is_theirs or full in SKIPPED:
                continue
            if name.endswith(("Storage", "Tensor")):
                continue
            for arguments in ARGUMENTS.get(full, [[]]):
                result = record(value, arguments)
                if "value" in result:
                    try:
                        json.dumps(result)
                    except TypeError:
                        result = {"object": type(result["value"]).__name__}
                rows.append([full, arguments, result])
    return rows


def summaries():
    """The table of memory for made-up books."""
    metrics = ["allocated_bytes", "active_bytes", "requested_bytes", "reserved_bytes",
               "inactive_split_bytes", "allocation", "active", "segment", "inactive_split"]
    columns = ["current", "peak", "allocated", "freed"]
    stats = {"num_ooms": 2, "num_alloc_retries": 13}
    value = 7
    for metric in metrics:
        for pool in ["all", "large_pool", "small_pool"]:
            for column in columns:
                value = value * 31 % 900_000_007
                stats[f"{metric}.{pool}.{column}"] = value
    for metric in ["oversize_allocations", "oversize_segments"]:
        for column in columns:
            stats[f"{metric}.{column}"] = value % 1000
    memory = torch.cuda.memory
    memory.memory_stats = lambda device=None: stats
    memory._get_device_index = lambda device, optional=False: 3
    return {"stats": stats, "whole": memory.memory_summary(),
            "abbreviated": memory.memory_summary(abbreviated=True)}


if __name__ == "__main__":
    found = {
        "torch": torch.__version__,
        "calls": calls(),
        "summary": summaries(),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "devices.json")
    with open(path, "w") as file:
        json.dump(found, file, indent=1)
        file.write("\n")
