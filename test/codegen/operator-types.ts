// Checked by the compiler (npm run types), never run: what the generated types take and refuse.
import type { DType } from '../../lib/dtype.js';
import type { LinalgFunctions, TorchFunctions } from '../../lib/generated/functions.js';
import type { Tensor } from '../../lib/tensor.js';

export function arguments_(torch: TorchFunctions, x: Tensor, dtype: DType): Tensor[] {
  return [
    // By position, by name, and in part by either.
    x.sum(),
    x.sum(1),
    x.sum(1, true),
    x.sum(1, true, { dtype }),
    x.sum([0, 1], { keepdim: true }),
    x.sum({ dim: null, dtype }),
    x.transpose(0, 1),
    x.transpose(0, { dim1: 1 }),
    x.gather({ dim: 1, index: x }),
    torch.randint(0, 10, { size: [3] }),
    torch.linspace(0, 1, { steps: 5 }),
    torch.mm({ input: x, mat2: x }),
    // A list, or its elements in its place.
    x.view([2, 3]),
    x.view(2, 3),
    x.view(dtype),
    x.squeeze(0, 1),
    torch.zeros(2, 3),
    torch.zeros([2, 3], { dtype, requiresGrad: true }),
    torch.zeros(2, 3, { device: 'cuda:1' }),
    torch.zeros({ size: [2, 3] }),
    // Numbers where Python takes them for tensors or scalars.
    x.add(2, { alpha: 3n }),
    torch.sub(2, x),
    x.eq(1),
    torch.where(x, 1, x),
    torch.where(x, x, 0),
    x.clamp({ min: 0 }),
    x.clamp(x, null),
    x.div(2, { roundingMode: 'floor' }),
    torch.conv2d(x, x, null, 1, 'same'),
    torch.conv2d(x, x, { padding: [1, 2], groups: 2 }),
    torch.add(x, x, { out: x }),
    torch.cat([x, x], { dim: 1 }),
  ];
}

export function results(torch: TorchFunctions, linalg: LinalgFunctions, x: Tensor): Tensor[] {
  const [values, indices] = x.max(1);
  const [sign, logabsdet] = linalg.slogdet(x);
  const inPlace: Tensor = x.add_(1).mul_(2);
  const chunks: Tensor[] = x.chunk(2);
  const isSame: boolean = x.equal(x);
  const dtype: DType = torch.resultType(x, 1);
  torch.max(x, 1, { out: [values, indices] });
  return [
    ...chunks,
    ...x.max(1),
    inPlace,
    sign,
    logabsdet,
    x.sort({ stable: true }).values,
    x.topk(3).indices,
    linalg.svd(x).S,
    isSame ? x : x.newZeros([2], { dtype }),
  ];
}

export function refused(torch: TorchFunctions, x: Tensor): void {
  // @ts-expect-error: a string is no dimension
  x.sum('a');
  // @ts-expect-error: the option is called keepdim
  x.sum({ keepDim: true });
  // @ts-expect-error: dim is required where keepdim is given
  x.sum({ keepdim: true });
  // @ts-expect-error: `other` is missing
  x.add({ alpha: 2 });
  // @ts-expect-error: an option that is misspelt
  torch.zeros(2, 3, { dtpye: null });
  // @ts-expect-error: an argument is missing
  torch.mm(x);
  // @ts-expect-error: `dim` is given twice
  x.softmax(1, { dim: 1 });
  // @ts-expect-error: `out` goes with functions only
  x.add(x, { out: x });
  // @ts-expect-error: a number is no tensor here, in Python neither
  torch.maximum(x, 2);
  // @ts-expect-error: one tensor for two results
  torch.max(x, 1, { out: x });
}
