import { AssertionError } from 'node:assert';
import { Complex } from '../complex.js';
import { asTensor } from '../creation.js';
import {
  complex128,
  type DType,
  type DTypeName,
  float64,
  int64,
  uint16,
  uint32,
  uint64,
} from '../dtype.js';
import { ValueError } from '../errors.js';
import { promoteTypes } from '../functional/types.js';
import { operators } from '../operators.js';
import { isPlainObject, required, Signature } from '../options.js';
import { repr } from '../python-repr.js';
import { Tensor } from '../tensor.js';
import { numberMismatch, type Tolerances, tensorMismatch } from './mismatch.js';

type Precision = [rtol: number, atol: number];

const precisions: Partial<Record<DTypeName, Precision>> = {
  float16: [1e-3, 1e-5],
  bfloat16: [1.6e-2, 1e-5],
  float32: [1.3e-6, 1e-5],
  float64: [1e-7, 1e-7],
  complex32: [1e-3, 1e-5],
  complex64: [1.3e-6, 1e-5],
  complex128: [1e-7, 1e-7],
  quint8: [1.3e-6, 1e-5],
  qint8: [1.3e-6, 1e-5],
  qint32: [1.3e-6, 1e-5],
};

/** The options of {@link assertClose}. */
export interface AssertCloseOptions {
  /** Whether a value of a subclass may stand for one of its class. Default: true. */
  allowSubclasses?: boolean;
  /** The relative tolerance; only together with `atol`. Default: by dtype. */
  rtol?: number | null;
  /** The absolute tolerance; only together with `rtol`. Default: by dtype. */
  atol?: number | null;
  /** Whether NaN equals NaN. Default: false. */
  equalNan?: boolean;
  /** Whether tensors must be on one device. Default: true. */
  checkDevice?: boolean;
  /** Whether tensors must have one dtype. Default: true. */
  checkDtype?: boolean;
  /** Whether tensors must have one layout. Default: true. */
  checkLayout?: boolean;
  /** Whether strided tensors must have the same strides. Default: false. */
  checkStride?: boolean;
  /** The error's message, or a function of the one that it would have. */
  msg?: string | ((message: string) => string) | null;
}

type Bound = Required<AssertCloseOptions> & { actual: unknown; expected: unknown };

const signature = new Signature<Bound>(
  'testing.assertClose()',
  { actual: required, expected: required },
  {
    allowSubclasses: true,
    rtol: null,
    atol: null,
    equalNan: false,
    checkDevice: true,
    checkDtype: true,
    checkLayout: true,
    checkStride: false,
    msg: null,
  },
);

type Path = readonly (string | number)[];

/** A failure, and the item it is of. */
interface Failure {
  message: string;
  path: Path;
}

function isNumber(value: unknown): value is number | bigint | Complex {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Complex;
}

function typeName(value: unknown): string {
  return Object(value) === value ? (value as object).constructor?.name : typeof value;
}

const isTypedArray = (value: unknown) => ArrayBuffer.isView(value) && !(value instanceof DataView);

const size = (shape: readonly number[]) => `torch.Size([${shape.join(', ')}])`;

/** Compares two values of any kind, and gathers what is wrong. */
class Comparison {
  readonly failures: Failure[] = [];
  readonly #options: Bound;

  constructor(options: Bound) {
    const { rtol, atol } = options;
    if ((rtol === null) !== (atol === null)) {
      throw new ValueError(
        `Both 'rtol' and 'atol' must be either specified or omitted, but got no ${rtol === null ? 'rtol' : 'atol'}.`,
      );
    }
    this.#options = options;
  }

  #fail(path: Path, message: string): void {
    this.failures.push({ path, message });
  }

  #tolerances(...dtypes: DType[]): Tolerances {
    const { rtol, atol } = this.#options;
    if (rtol !== null && atol !== null) return { rtol, atol };
    const known = dtypes.map(({ name }): Precision => precisions[name] ?? [0, 0]);
    return {
      rtol: Math.max(...known.map(([relative]) => relative)),
      atol: Math.max(...known.map(([, absolute]) => absolute)),
    };
  }

  compare(actual: unknown, expected: unknown, path: Path): void {
    if (Array.isArray(actual) && Array.isArray(expected)) {
      this.#sequences(actual, expected, path);
    } else if (isPlainObject(actual) && isPlainObject(expected)) {
      this.#mappings(new Map(Object.entries(actual)), new Map(Object.entries(expected)), path);
    } else if (actual instanceof Map && expected instanceof Map) {
      this.#mappings(actual, expected, path);
    } else if ((actual ?? null) === null || (expected ?? null) === null) {
      if ((actual ?? null) !== (expected ?? null)) {
        this.#fail(path, `None mismatch: ${repr(actual)} is not ${repr(expected)}`);
      }
    } else if (typeof actual === 'boolean' && typeof expected === 'boolean') {
      if (actual !== expected) {
        this.#fail(path, `Booleans mismatch: ${repr(actual)} is not ${repr(expected)}`);
      }
    } else if (isNumber(actual) && isNumber(expected)) {
      this.#numbers(actual, expected, path);
    } else {
      this.#tensorLikes(actual, expected, path);
    }
  }

  #sequences(actual: unknown[], expected: unknown[], path: Path): void {
    if (actual.length !== expected.length) {
      throw new AssertionError({
        message: withPath(
          `The length of the sequences mismatch: ${actual.length} != ${expected.length}`,
          path,
        ),
      });
    }
    for (const [i, item] of actual.entries()) this.compare(item, expected[i], [...path, i]);
  }

  #mappings(actual: Map<unknown, unknown>, expected: Map<unknown, unknown>, path: Path): void {
    const lacking = (from: Map<unknown, unknown>, other: Map<unknown, unknown>) =>
      [...from.keys()].filter((key) => !other.has(key)).sort();
    const missing = lacking(expected, actual);
    const additional = lacking(actual, expected);
    if (missing.length + additional.length > 0) {
      const listed = (keys: unknown[]) => `[${keys.map(repr).join(', ')}]`;
      const message = `The keys of the mappings do not match:
Missing keys in the actual mapping: ${listed(missing)}
Additional keys in the actual mapping: ${listed(additional)}`;
      throw new AssertionError({ message: withPath(message, path) });
    }
    for (const key of [...actual.keys()].sort()) {
      this.compare(actual.get(key), expected.get(key), [...path, key as string]);
    }
  }

  #numbers(actual: number | bigint | Complex, expected: number | bigint | Complex, path: Path) {
    const dtypeOf = (value: number | bigint | Complex) => {
      if (value instanceof Complex) return complex128;
      return typeof value === 'bigint' || Number.isInteger(value) ? int64 : float64;
    };
    const tolerances = this.#tolerances(dtypeOf(actual), dtypeOf(expected));
    const a = asTensor(actual, { dtype: dtypeOf(actual) });
    const b = asTensor(expected, { dtype: dtypeOf(expected) });
    if (this.#matches(a, b, tolerances).item()) return;
    this.#fail(path, numberMismatch(actual, expected, tolerances, false));
  }

  #matches(actual: Tensor, expected: Tensor, { rtol, atol }: Tolerances): Tensor {
    const dtype = promoteTypes(signed(actual.dtype), signed(expected.dtype));
    const [a, b] =
      actual.dtype === expected.dtype ? [actual, expected] : [actual.to(dtype), expected.to(dtype)];
    return operators.torch.isclose(a, b, rtol, atol, this.#options.equalNan);
  }

  #tensorLikes(actual: unknown, expected: unknown, path: Path): void {
    const related =
      (actual instanceof Tensor && expected instanceof Tensor) ||
      (isTypedArray(actual) && actual?.constructor === expected?.constructor);
    const isSame = actual?.constructor === expected?.constructor;
    if (!related || !(this.#options.allowSubclasses || isSame)) {
      throw new TypeError(
        withPath(
          `No comparison pair was able to handle inputs of type ${typeName(actual)} and ${typeName(expected)}.`,
          path,
        ),
      );
    }
    this.#tensors(asTensor(actual as Tensor), asTensor(expected as Tensor), path);
  }

  /** The first attribute that differs, where it must not. */
  #attribute(actual: Tensor, expected: Tensor): [name: string, a: unknown, b: unknown] | undefined {
    const { checkLayout, checkStride, checkDevice, checkDtype } = this.#options;
    if (size(actual.shape) !== size(expected.shape)) {
      return ['shape', size(actual.shape), size(expected.shape)];
    }
    if (actual.isQuantized !== expected.isQuantized) {
      return ['is_quantized', repr(actual.isQuantized), repr(expected.isQuantized)];
    }
    if (actual.layout !== expected.layout) {
      if (checkLayout) return ['layout', actual.layout, expected.layout];
    } else if (checkStride && actual.layout.name === 'strided') {
      const [a, b] = [repr(actual.stride()), repr(expected.stride())];
      if (a !== b) return ['stride()', a, b];
    }
    if (checkDevice && String(actual.device) !== String(expected.device)) {
      return ['device', actual.device, expected.device];
    }
    return checkDtype && actual.dtype !== expected.dtype
      ? ['dtype', actual.dtype, expected.dtype]
      : undefined;
  }

  #tensors(given: Tensor, wanted: Tensor, path: Path): void {
    const differing = this.#attribute(given, wanted);
    if (differing) {
      const [name, a, b] = differing;
      this.#fail(path, `The values for attribute '${name}' do not match: ${a} != ${b}.`);
      return;
    }
    if (given.device.type === 'meta' || wanted.device.type === 'meta') return;
    const isSameLayout = given.layout === wanted.layout;
    const home = (x: Tensor) => {
      const near = String(given.device) === String(wanted.device) ? x : x.cpu();
      const dense = isSameLayout || near.layout.name === 'strided' ? near : near.toDense();
      return dense.detach();
    };
    const [actual, expected] = [home(given), home(wanted)];
    const tolerances = this.#tolerances(given.dtype, wanted.dtype);
    if (actual.isQuantized) {
      this.#values(
        actual.dequantize(),
        expected.dequantize(),
        path,
        tolerances,
        'Quantized tensor-likes',
      );
    } else if (actual.layout.name === 'strided') {
      this.#values(actual, expected, path, tolerances);
    } else if (actual.layout.name === 'sparse_coo') {
      this.#coo(actual, expected, path, tolerances);
    } else {
      this.#compressed(actual, expected, path, tolerances);
    }
  }

  #values(actual: Tensor, expected: Tensor, path: Path, tolerances: Tolerances, name?: string) {
    const matches = this.#matches(actual, expected, tolerances);
    if (matches.all().item()) return;
    const { isFloatingPoint } = actual.dtype;
    const message =
      actual.dim() === 0
        ? numberMismatch(
            actual.item() as number,
            expected.item() as number,
            tolerances,
            isFloatingPoint,
            name,
          )
        : tensorMismatch(actual, expected, matches, tolerances, name);
    this.#fail(path, message);
  }

  #coo(actual: Tensor, expected: Tensor, path: Path, tolerances: Tolerances): void {
    const [aDims, bDims] = [actual.sparseDim(), expected.sparseDim()];
    if (aDims !== bDims) {
      const what = 'The number of sparse dimensions in sparse COO tensors';
      this.#fail(path, `${what} does not match: ${aDims} != ${bDims}`);
      return;
    }
    if (!this.#isCountSame(actual, expected, 'COO', path)) return;
    const exact = { rtol: 0, atol: 0 };
    const failed = this.failures.length;
    this.#values(actual._indices(), expected._indices(), path, exact, 'Sparse COO indices');
    if (this.failures.length > failed) return;
    this.#values(actual._values(), expected._values(), path, tolerances, 'Sparse COO values');
  }

  #isCountSame(actual: Tensor, expected: Tensor, layout: string, path: Path): boolean {
    const [a, b] = [actual._nnz(), expected._nnz()];
    if (a === b) return true;
    const what = `The number of specified values in sparse ${layout} tensors`;
    this.#fail(path, `${what} does not match: ${a} != ${b}`);
    return false;
  }

  #compressed(actual: Tensor, expected: Tensor, path: Path, tolerances: Tolerances): void {
    const name = actual.layout.name.slice('sparse_'.length).toUpperCase();
    if (!this.#isCountSame(actual, expected, name, path)) return;
    const byRow = name === 'CSR' || name === 'BSR';
    const parts: [label: string, part: (x: Tensor) => Tensor][] = byRow
      ? [
          ['crow_indices', (x) => x.crowIndices()],
          ['col_indices', (x) => x.colIndices()],
        ]
      : [
          ['ccol_indices', (x) => x.ccolIndices()],
          ['row_indices', (x) => x.rowIndices()],
        ];
    for (const [label, part] of parts) {
      const failed = this.failures.length;
      const exact = { rtol: 0, atol: 0 };
      this.#values(part(actual), part(expected), path, exact, `Sparse ${name} ${label}`);
      if (this.failures.length > failed) return;
    }
    this.#values(actual.values(), expected.values(), path, tolerances, `Sparse ${name} values`);
  }
}

/** Unsigned integers are compared as int64: little is implemented for them. */
function signed(dtype: DType): DType {
  return [uint16, uint32, uint64].includes(dtype) ? int64 : dtype;
}

function withPath(message: string, path: Path): string {
  if (path.length === 0) return message;
  return `${message}\n\nThe failure occurred for item ${path.map((item) => `[${repr(item)}]`).join('')}`;
}

/**
 * Throws where two values are not close: `|actual - expected| <= atol + rtol * |expected|` for every
 * element, with everything else equal. Arrays and plain objects (and Maps) are compared item by item.
 *
 * The tolerances come from the dtype: `rtol` 1e-3 and `atol` 1e-5 of float16, 1.6e-2 and 1e-5 of
 * bfloat16, 1.3e-6 and 1e-5 of float32, 1e-7 and 1e-7 of float64; complex dtypes as their parts; 0
 * and 0 of integers and booleans.
 *
 * @param actual What came out: a tensor, number, boolean, null, TypedArray, or arrays or objects of these.
 * @param expected What should have.
 * @param options.rtol The relative tolerance; only together with `atol`. Default: by dtype.
 * @param options.atol The absolute tolerance; only together with `rtol`. Default: by dtype.
 * @param options.equalNan Whether NaN equals NaN. Default: false.
 * @param options.checkDevice Whether tensors must be on one device. Default: true.
 * @param options.checkDtype Whether tensors must have one dtype. Default: true.
 * @param options.checkLayout Whether tensors must have one layout. Default: true.
 * @param options.checkStride Whether strided tensors must have the same strides. Default: false.
 * @param options.allowSubclasses Whether a value of a subclass may stand for one of its class. Default: true.
 * @param options.msg The error's message, or a function of the one that it would have.
 * @throws AssertionError (of `node:assert`) that says where they differ most, in PyTorch's words.
 *
 * @example
 * ```ts
 * torch.testing.assertClose(torch.tensor([1, 2]), torch.tensor([1, 2.000001]));
 * ```
 * @see https://pytorch.org/docs/stable/testing.html
 */
export function assertClose(
  ...args: [actual: unknown, expected: unknown, options?: AssertCloseOptions]
): void {
  // The second argument may be a plain object itself, and is no options.
  const bound = signature.bind(args.length === 2 ? [...args, {}] : args);
  const comparison = new Comparison(bound);
  comparison.compare(bound.actual, bound.expected, []);
  const [first] = comparison.failures;
  if (!first) return;
  const message = withPath(first.message, first.path);
  const { msg } = bound;
  throw new AssertionError({
    message: typeof msg === 'function' ? msg(message) : (msg ?? message),
    actual: bound.actual,
    expected: bound.expected,
    operator: 'assertClose',
    stackStartFn: assertClose,
  });
}
