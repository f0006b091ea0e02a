import torch, { type DType, type Tensor } from 'sconce';
import type { Callee, Parameter } from './operators.js';
import type { Random } from './random.js';

const dtypes = [
  torch.float32,
  torch.float32,
  torch.float32,
  torch.float64,
  torch.int64,
  torch.int32,
  torch.uint8,
  torch.bool,
  torch.float16,
  torch.bfloat16,
  torch.complex64,
  torch.complex128,
  torch.int8,
  torch.int16,
];
const sizes = [0, 1, 1, 2, 2, 3, 3, 4, 5];
const integers = [-2, -1, 0, 0, 1, 1, 2, 2, 3, 4, 7];
const strangeIntegers = [
  -(2 ** 31),
  2 ** 40,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  Number.NaN,
  0.5,
  2n ** 63n,
];
const numbers = [0, 1, -1, 2, 0.5, -0.5, 3];
const strangeNumbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e300,
  2 ** 53,
  2n ** 63n - 1n,
  true,
  'one',
];
const words = [
  'mean',
  'sum',
  'none',
  'linear',
  'reflect',
  'constant',
  'floor',
  'trunc',
  'ij',
  '',
  'x',
];

/** What one call's tensors have in common, so that many calls get as far as the kernels. */
interface Common {
  shape: number[];
  dtype: DType;
}

function shapeOf(random: Random): number[] {
  return Array.from({ length: random.below(5) }, () => random.pick(sizes));
}

function fill(random: Random, shape: number[], dtype: DType): Tensor {
  const wide = torch.randint(-3, 6, shape);
  if (dtype.isFloatingPoint && random.chance(0.1)) {
    return wide.to(dtype).div(random.pick([0, 0.7]));
  }
  return dtype === torch.bool ? wide.gt(0) : wide.to(dtype);
}

/** Another view of the same elements, or the same as another kind of tensor. */
function vary(random: Random, tensor: Tensor): Tensor {
  switch (random.below(14)) {
    case 0:
      return tensor.T;
    case 1:
      return tensor.unsqueeze(0).expand(2, ...tensor.shape);
    case 2:
      return tensor.dim() > 0 && tensor.size(0) > 1 ? tensor.narrow(0, 1, 1) : tensor;
    case 3:
    case 9:
    case 10:
      return tensor.dtype.isFloatingPoint ? tensor.clone().requiresGrad_() : tensor;
    case 4:
      return tensor.to('meta');
    case 5:
      return tensor.toSparse();
    case 6:
      return tensor.dtype === torch.float32
        ? torch.quantizePerTensor(tensor, 0.5, 1, torch.quint8)
        : tensor;
    case 7:
      return tensor.dim() === 4 ? tensor.contiguous({ memoryFormat: torch.channelsLast }) : tensor;
    case 8:
      return tensor.dtype.isComplex ? tensor.conj() : tensor;
    default:
      return tensor;
  }
}

function tensorOf(random: Random, common: Common): Tensor {
  const shape = random.chance(0.75) ? common.shape : shapeOf(random);
  const dtype = random.chance(0.8) ? common.dtype : random.pick(dtypes);
  const tensor = fill(random, shape, dtype);
  if (random.chance(0.7)) return tensor;
  if (random.chance(0.02)) {
    tensor.dispose();
    return tensor;
  }
  try {
    return vary(random, tensor);
  } catch {
    return tensor;
  }
}

function wild(random: Random): unknown {
  return random.pick([
    undefined,
    null,
    'text',
    Symbol.iterator,
    {},
    [],
    [[1], 2],
    () => 1,
    new Date(0),
    new Float32Array(3),
    torch.float32,
    torch.tensor([1, 2]),
    1n,
    -1,
    Number.NaN,
  ]);
}

function single(random: Random, type: string, common: Common): unknown {
  switch (type) {
    case 'Tensor':
      return tensorOf(random, common);
    case 'int':
    case 'SymInt':
      return random.chance(0.06) ? random.pick(strangeIntegers) : random.pick(integers);
    case 'float':
    case 'Scalar':
      return random.chance(0.1) ? random.pick(strangeNumbers) : random.pick(numbers);
    case 'bool':
      return random.chance(0.5);
    case 'str':
      return random.pick(words);
    case 'ScalarType':
      return random.pick(dtypes);
    case 'Layout':
      return random.pick([torch.strided, torch.sparseCoo, torch.sparseCsr]);
    case 'Device':
      return random.pick(['cpu', 'cpu', 'meta', 'cuda']);
    case 'MemoryFormat':
      return random.pick([torch.contiguousFormat, torch.channelsLast, torch.preserveFormat]);
    case 'Generator':
      return new torch.Generator();
    default:
      return undefined;
  }
}

function valueFor(random: Random, type: string, common: Common): unknown {
  if (random.chance(0.02)) return wild(random);
  if (type.endsWith('?')) {
    return random.chance(0.4) ? null : valueFor(random, type.slice(0, -1), common);
  }
  const [, element, count] = /^(.+)\[(\d*)\]$/.exec(type) ?? [];
  if (element === undefined) return single(random, type, common);
  const length = count && random.chance(0.8) ? Number(count) : random.below(4);
  return Array.from({ length }, () => valueFor(random, element, common));
}

/** The arguments of one call, `this` of a method first. */
export function argumentsOf(random: Random, callee: Callee): unknown[] {
  const common = { shape: shapeOf(random), dtype: random.pick(dtypes) };
  const value = ({ type }: Parameter) => valueFor(random, type, common);
  const args: unknown[] = [];
  const options: Record<string, unknown> = {};
  for (const parameter of callee.parameters) {
    if (!parameter.keywordOnly) args.push(value(parameter));
    else if (random.chance(0.5)) options[parameter.name] = value(parameter);
  }
  const given = Object.keys(options).length > 0 ? [...args, options] : args;
  // Some calls lack their last arguments, and some have one too many.
  if (random.chance(0.05)) given.pop();
  if (random.chance(0.02)) given.push(wild(random));
  return given;
}
