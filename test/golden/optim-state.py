"""A checkpoint of Adam after three steps, and where the next three lead.

    python test/golden/optim-state.py

writes optim-state.pt and optim-state.json beside itself.
"""

import json
import pathlib

import torch

FOLDER = pathlib.Path(__file__).parent


def main():
    torch.set_num_threads(1)
    first = torch.nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
    second = torch.nn.Parameter(torch.tensor([[0.5], [0.25]]))
    groups = [{"params": [first]}, {"params": [second], "lr": 0.5, "weight_decay": 0.1}]
    optimizer = torch.optim.Adam(groups, lr=0.125, betas=(0.8, 0.95), amsgrad=True)

    def steps():
        for _ in range(3):
            for parameter in (first, second):
                parameter.grad = parameter.detach() * 0.5
            optimizer.step()
        return [first.tolist(), second.tolist()]

    before = steps()
    torch.save(optimizer.state_dict(), FOLDER / "optim-state.pt")
    golden = {"torch": torch.__version__, "before": before, "after": steps()}
    (FOLDER / "optim-state.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
