import { gradFnOf } from './autograd/node.js';
import { wrap } from './dispatch.js';
import {
  bool,
  complex64,
  complex128,
  type DType,
  float4_e2m1fn_x2,
  float8_e8m0fnu,
  float64,
  int64,
  uint8,
  uint16,
  uint64,
} from './dtype.js';
import { noGrad } from './grad-mode.js';
import { requiredId } from './handle.js';
import { strided } from './layout.js';
import { native } from './native.js';
import { operators } from './operators.js';
import { printing } from './print-options.js';
import { formatExponent, formatFixed } from './python-format.js';
import { floatRepr, repr } from './python-repr.js';
import { getDefaultDtype } from './runtime.js';
import type { Tensor } from './tensor.js';

/** How the numbers of one tensor are written, so that they line up. */
class NumberFormat {
  /** The width of the widest number; infinities and NaN do not count, as in PyTorch. */
  readonly width: number;
  readonly #write: (value: number) => string;

  constructor(values: ArrayLike<number>) {
    let isWhole = true;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value === 0 || !Number.isFinite(value)) continue;
      least = Math.min(least, Math.abs(value));
      most = Math.max(most, Math.abs(value));
      isWhole &&= Number.isInteger(value);
    }
    const isEmpty = most === 0;
    const isWide = most / least > 1000 || most > 1e8 || least < 1e-4;
    const { precision } = printing;
    if (!isEmpty && (printing.sciMode ?? isWide)) {
      this.#write = (value) => formatExponent(value, precision);
    } else if (isWhole) {
      this.#write = (value) => formatFixed(value, 0) + (Number.isFinite(value) ? '.' : '');
    } else {
      this.#write = (value) => formatFixed(value, precision);
    }
    let width = 1;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value === 0 || !Number.isFinite(value)) continue;
      width = Math.max(width, this.#write(value).length);
    }
    this.width = width;
  }

  format(value: number): string {
    return this.#write(value).padStart(this.width);
  }
}

/** The elements to print, in rows, and what is left out between them. */
interface Grid {
  /** One text for each element. */
  texts: string[];
  /** How wide a column is, without the comma and the space. */
  width: number;
  /** The sizes of what is printed. */
  shape: readonly number[];
  /** For each dimension, whether its middle is left out. */
  isCut: readonly boolean[];
}

function integerTexts(tensor: Tensor): string[] {
  if (tensor.dtype === bool) {
    return Array.from(tensor.to(uint8).toTypedArray() as Uint8Array, (x) => (x ? 'True' : 'False'));
  }
  const wide = tensor.dtype === uint64 ? tensor : tensor.to(int64);
  return Array.from(wide.toTypedArray() as BigInt64Array, String);
}

function complexTexts(tensor: Tensor): Pick<Grid, 'texts' | 'width'> {
  const pairs = operators.torch.viewAsReal(tensor.to(complex128).resolveConj());
  const values = pairs.toTypedArray() as Float64Array;
  const real = new NumberFormat(values.filter((_, i) => i % 2 === 0));
  const imaginary = new NumberFormat(values.filter((_, i) => i % 2 === 1));
  const texts: string[] = [];
  for (let i = 0; i < values.length; i += 2) {
    const second = imaginary.format(values[i + 1] as number).trimStart();
    const sign = second.startsWith('-') ? '' : '+';
    texts.push(`${real.format(values[i] as number)}${sign}${second}j`);
  }
  return { texts, width: real.width + imaginary.width + 3 };
}

/** The dtypes that libtorch stores and does not convert: their bytes are shown. */
const isOpaque = ({ name }: DType) => /^(bits|u?int[1-7]$|quint\dx)/.test(name);

/** The numbers of a floating-point tensor. */
function numbersOf(tensor: Tensor): Float64Array {
  const isPair = tensor.dtype === float4_e2m1fn_x2;
  const exact = (isPair ? tensor.view(uint8) : tensor).to(float64);
  const numbers = exact.toTypedArray() as Float64Array;
  // This dtype has no zero, and PyTorch prints the least of its numbers as one.
  return tensor.dtype === float8_e8m0fnu ? numbers.map((x) => (x === 2 ** -127 ? 0 : x)) : numbers;
}

/** The text of each element of a small dense tensor on the CPU. */
function textsOf(tensor: Tensor): Pick<Grid, 'texts' | 'width'> {
  if (tensor.dtype.isComplex) return complexTexts(tensor);
  if (tensor.dtype.isFloatingPoint) {
    const values = numbersOf(tensor);
    const format = new NumberFormat(values);
    return { texts: Array.from(values, (value) => format.format(value)), width: format.width + 2 };
  }
  const texts = integerTexts(tensor);
  const width = texts.reduce((most, text) => Math.max(most, text.length), 1);
  return { texts: texts.map((text) => text.padStart(width)), width: width + 2 };
}

/** The corners of a tensor, put together: what is left where the cut dimensions lose their middle. */
function corners(tensor: Tensor, isCut: readonly boolean[], dim = 0): Tensor {
  if (dim === isCut.length) return tensor;
  if (!isCut[dim]) return corners(tensor, isCut, dim + 1);
  const { edgeitems } = printing;
  const end = (tensor.shape[dim] as number) - edgeitems;
  const head = corners(tensor.narrow(dim, 0, edgeitems), isCut, dim + 1);
  const tail = corners(tensor.narrow(dim, end, edgeitems), isCut, dim + 1);
  return operators.torch.cat([head, tail], dim);
}

function vector(grid: Grid, start: number, indent: number): string {
  const size = grid.shape.at(-1) as number;
  const texts = grid.texts.slice(start, start + size);
  if (grid.isCut.at(-1)) texts.splice(printing.edgeitems, 0, ' ...');
  const perLine = Math.max(1, Math.floor((printing.linewidth - indent) / grid.width));
  const lines: string[] = [];
  for (let i = 0; i < texts.length; i += perLine) {
    lines.push(texts.slice(i, i + perLine).join(', '));
  }
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
}

function draw(grid: Grid, dim: number, start: number, indent: number): string {
  const left = grid.shape.length - dim;
  if (left === 0) return grid.texts[0] as string;
  if (left === 1) return vector(grid, start, indent);
  const step = grid.shape.slice(dim + 1).reduce((product, size) => product * size, 1);
  const slices: string[] = [];
  for (let i = 0; i < (grid.shape[dim] as number); i++) {
    slices.push(draw(grid, dim + 1, start + i * step, indent + 1));
  }
  if (grid.isCut[dim]) slices.splice(printing.edgeitems, 0, '...');
  return `[${slices.join(`,${'\n'.repeat(left - 1)}${' '.repeat(indent + 1)}`)}]`;
}

/** The elements of a dense tensor between brackets. */
function contents(tensor: Tensor, indent: number): string {
  if (isOpaque(tensor.dtype)) {
    return contents(tensor.view(tensor.dtype.itemsize === 2 ? uint16 : uint8), indent);
  }
  if (tensor.numel() === 0) return '[]';
  const { threshold, edgeitems } = printing;
  const isSummary = tensor.numel() > threshold;
  if (isSummary && edgeitems === 0 && tensor.ndim > 0) return '[...]';
  const isCut = tensor.shape.map((size) => isSummary && size > 2 * edgeitems);
  // The conversions of `textsOf` need dtypes that can be concatenated, on the CPU.
  const shown = corners(tensor, isCut).cpu().resolveNeg();
  return draw({ ...textsOf(shown), shape: shown.shape, isCut }, 0, 0, indent);
}

/** The parts of a sparse tensor, by the names that PyTorch prints. */
function sparseParts(tensor: Tensor): [name: string, part: Tensor][] {
  switch (tensor.layout.name) {
    case 'sparse_coo':
      return [
        ['indices', tensor._indices()],
        ['values', tensor._values()],
      ];
    case 'sparse_csr':
    case 'sparse_bsr':
      return [
        ['crow_indices', tensor.crowIndices()],
        ['col_indices', tensor.colIndices()],
        ['values', tensor.values()],
      ];
    default:
      return [
        ['ccol_indices', tensor.ccolIndices()],
        ['row_indices', tensor.rowIndices()],
        ['values', tensor.values()],
      ];
  }
}

function sparseContents(tensor: Tensor, indent: number): string {
  const isMeta = tensor.device.type === 'meta';
  const parts = sparseParts(tensor).map(([name, part]) => {
    const prefix = `${name}=tensor(`;
    const text = isMeta ? '...' : contents(part.detach(), indent + prefix.length);
    const size = isMeta || part.numel() === 0 ? `, size=${repr(part.shape)}` : '';
    return `${prefix}${text}${size})`;
  });
  return parts.join(`,\n${' '.repeat(indent)}`);
}

/** How the integers of a quantized tensor stand for numbers, as PyTorch prints it. */
function quantization(tensor: Tensor): string[] {
  const scheme = tensor.qscheme();
  const suffixes = [`quantization_scheme=${scheme}`];
  if (scheme.name.startsWith('per_tensor')) {
    suffixes.push(`scale=${floatRepr(tensor.qScale())}`, `zero_point=${tensor.qZeroPoint()}`);
  } else {
    const [scales, points] = [tensor.qPerChannelScales(), tensor.qPerChannelZeroPoints()];
    suffixes.push(`scale=${tensorStr(scales)}`, `zero_point=${tensorStr(points)}`);
    suffixes.push(`axis=${tensor.qPerChannelAxis()}`);
  }
  return suffixes;
}

/** The tensors of a nested one, each indented. */
function nestedContents(tensor: Tensor): string {
  const parts = tensor.unbind().map((part) => tensorStr(part).replaceAll(/^/gm, '  '));
  return `[\n${parts.join(',\n')}\n]`;
}

function hasImpliedDtype(dtype: DType): boolean {
  const standard = getDefaultDtype();
  const standardComplex = standard === float64 ? complex128 : complex64;
  return dtype === standard || dtype === standardComplex || dtype === int64 || dtype === bool;
}

/** The elements, and what stands behind them but for autograd's part. */
function body(tensor: Tensor, indent: number): { text: string; suffixes: string[] } {
  const { dtype, shape, layout } = tensor;
  const size = `size=${repr(shape)}`;
  const isImplied = hasImpliedDtype(dtype);
  if (layout.name.startsWith('sparse_')) {
    const suffixes = [size];
    if (tensor.device.type !== 'meta') suffixes.push(`nnz=${tensor._nnz()}`);
    if (!isImplied) suffixes.push(`dtype=${dtype}`);
    return { text: sparseContents(tensor, indent), suffixes };
  }
  if (tensor.isQuantized) {
    const suffixes = [size, `dtype=${dtype}`, ...quantization(tensor)];
    return { text: contents(tensor.dequantize(), indent), suffixes };
  }
  const suffixes: string[] = [];
  const isMeta = tensor.device.type === 'meta';
  if (isMeta || tensor.numel() === 0) {
    if (isMeta || tensor.ndim !== 1) suffixes.push(size);
    if (dtype !== getDefaultDtype()) suffixes.push(`dtype=${dtype}`);
    return { text: isMeta ? '...' : '[]', suffixes };
  }
  if (printing.edgeitems === 0) suffixes.push(size);
  if (!isImplied) suffixes.push(`dtype=${dtype}`);
  return { text: contents(layout === strided ? tensor : tensor.toDense(), indent), suffixes };
}

/** Appends each suffix, on a new line where it would not fit any more. */
function addSuffixes(text: string, suffixes: string[], indent: number, isBroken: boolean): string {
  let result = text;
  let length = text.length - text.lastIndexOf('\n') + 1;
  let breaks = isBroken;
  for (const suffix of suffixes) {
    if (breaks || length + suffix.length + 2 > printing.linewidth) {
      result += `,\n${' '.repeat(indent)}${suffix}`;
      length = indent + suffix.length;
      breaks = false;
    } else {
      result += `, ${suffix}`;
      length += suffix.length + 2;
    }
  }
  return `${result})`;
}

// A parameter is printed as the tensor that it is; its own class puts a heading above.
const plainClasses = new Set(['Tensor', 'Parameter', 'Buffer']);

/**
 * The text of a tensor, to the letter what Python's `repr(tensor)` gives, and so in Python's
 * spelling: `tensor([1., 2.], dtype=torch.float64, requires_grad=True)`. This is what
 * `String(tensor)` and `console.log(tensor)` show.
 *
 * Of a tensor with more elements than the threshold, only the edges are read.
 *
 * @param tensor - Any tensor.
 * @example
 * ```ts
 * String(torch.tensor([[1, 2.5]])); // 'tensor([[1.0000, 2.5000]])'
 * ```
 * @see https://pytorch.org/docs/stable/tensors.html
 */
export function tensorStr(tensor: Tensor): string {
  // As it is stored, inside a transform of torch.func too.
  const hidden = native.hideTransforms(true);
  try {
    return noGrad(() => wrapperStr(tensor) ?? plainStr(tensor));
  } finally {
    native.hideTransforms(hidden);
  }
}

/** The wrappers that the transforms of torch.func put around tensors, as native code counts them. */
const wrapperNames = ['', 'BatchedTensor', 'GradTrackingTensor', 'FunctionalTensor'];

/** The text of a wrapped tensor, with the tensor inside; undefined for one that is not wrapped. */
function wrapperStr(tensor: Tensor): string | undefined {
  const [kind, level, dim] = native.wrapperOf(requiredId(tensor));
  const name = wrapperNames[kind];
  if (!name) return undefined;
  const inner = String(wrap(native.unwrapped(requiredId(tensor))));
  // PyTorch sets this one apart, to the backslash.
  if (name === 'FunctionalTensor') return `${name}(lvl=${level}, value=\\\n${inner})`;
  const place = name === 'BatchedTensor' ? `, bdim=${dim}` : '';
  return `${name}(lvl=${level}${place}, value=\n${inner.replace(/^(?=.)/gm, '    ')}\n)`;
}

function plainStr(tensor: Tensor): string {
  const className = tensor.constructor.name;
  const plain = tensor.isNested ? 'nested_tensor' : 'tensor';
  const prefix = `${plainClasses.has(className) ? plain : className}(`;
  const { text, suffixes } = tensor.isNested
    ? { text: nestedContents(tensor), suffixes: [] }
    : body(tensor.detach(), prefix.length);
  if (tensor.device.type !== 'cpu') suffixes.unshift(`device='${tensor.device}'`);
  if (tensor.layout !== strided) suffixes.push(`layout=${tensor.layout}`);
  const node = gradFnOf(tensor);
  if (node) {
    suffixes.push(`grad_fn=${node}`);
  } else if (tensor.requiresGrad) {
    suffixes.push('requires_grad=True');
  }
  const isCoordinates = tensor.layout.name === 'sparse_coo';
  return addSuffixes(prefix + text, suffixes, prefix.length, isCoordinates);
}
