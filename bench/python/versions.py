import platform

import torch
from serve import serve

serve(
    {
        "versions": lambda: {
            "python": platform.python_version(),
            "torch of Python": torch.__version__,
            "cpu capability": torch.backends.cpu.get_cpu_capability(),
        }
    }
)
