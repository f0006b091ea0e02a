import { tensor } from '../../creation.js';
import { type DType, float32, float64 } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { type Layout, strided } from '../../layout.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { getDefaultDtype } from '../../runtime.js';
import type { Tensor } from '../../tensor.js';
import type { DeviceLike } from '../../types.js';

/** The options of every window. */
export interface WindowOptions {
  /**
   * Whether the window is symmetric, as the design of filters wants it; else it is periodic, as
   * spectral analysis does. Default: true.
   */
  sym?: boolean;
  /** float32 or float64. Default: `torch.getDefaultDtype()`. */
  dtype?: DType | null;
  /** Only `torch.strided`. */
  layout?: Layout;
  /** Where to put it. Default: the CPU. */
  device?: DeviceLike | null;
  /** Whether autograd records what is done with it. Default: false. */
  requiresGrad?: boolean;
}

type Window<Own = object> = Call<[M: number], [], WindowOptions & Own>;
type Bound<Own = object> = Required<WindowOptions> & Own & { M: number; dtype: DType };

const common = { sym: true, dtype: null, layout: strided, device: null, requiresGrad: false };

/** The arguments of a window, once they are known to make one. */
function reader<Own extends object>(name: string, own: { [K in keyof Own]: unknown }) {
  const where = `signal.windows.${name}()`;
  const signature = new Signature<Bound<Own>>(
    where,
    { M: required } as { [K in keyof Bound<Own>]?: unknown },
    { ...own, ...common } as { [K in keyof Bound<Own>]?: unknown },
  );
  return (args: readonly unknown[]): Bound<Own> => {
    const bound = signature.bind(args);
    const dtype = bound.dtype ?? getDefaultDtype();
    const { M, layout } = bound;
    if (!Number.isInteger(M) || M < 0) {
      throw new ValueError(`${where}: M, the window's length, must be an integer >= 0, got ${M}`);
    }
    if (layout !== strided) throw new ValueError(`${where}: a window is strided, not ${layout}`);
    if (dtype !== float32 && dtype !== float64) {
      throw new ValueError(`${where}: dtype must be float32 or float64, got ${dtype}`);
    }
    return { ...bound, dtype };
  };
}

function options({ dtype, layout, device, requiresGrad }: Bound) {
  return { dtype, layout, device, requiresGrad } as {
    dtype: DType;
    layout: Layout;
    device?: DeviceLike;
    requiresGrad: boolean;
  };
}

/** The windows that one formula gives for any length but these. */
function short(bound: Bound): Tensor | undefined {
  if (bound.M === 0) return operators.torch.empty([0], options(bound));
  return bound.M === 1 ? operators.torch.ones([1], options(bound)) : undefined;
}

/** `M` points, `step` apart, the first of them at `start`. */
function points(bound: Bound, start: number, step: number): Tensor {
  const end = (start + (bound.M - 1)) * step;
  return operators.torch.linspace(start * step, end, bound.M, options(bound));
}

/** How many steps there are from the first point to the last, or round to the first again. */
function period({ M, sym }: Bound): number {
  return sym ? M - 1 : M;
}

const readExponential = reader<{ center: number | null; tau: number }>('exponential', {
  center: null,
  tau: 1,
});

/**
 * An exponential (Poisson) window: `exp(-|n - center| / tau)`.
 *
 * @param M Its length.
 * @param options.center Where its middle is, for a periodic window. Default: half of `M`.
 * @param options.tau How slowly it decays. Default: 1.
 * @returns `[M]`.
 * @throws ValueError where `tau` is not positive, or `center` is given for a symmetric window.
 *
 * @example
 * ```ts
 * torch.signal.windows.exponential(3); // tensor([0.3679, 1.0000, 0.3679])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.exponential.html
 */
export function exponential(...args: Window<{ center?: number | null; tau?: number }>): Tensor {
  const bound = readExponential(args);
  const { M, sym, tau, center } = bound;
  if (tau <= 0) throw new ValueError(`exponential(): tau must be positive, got ${tau}`);
  if (sym && center !== null) {
    throw new ValueError('exponential(): a symmetric window has its center in the middle');
  }
  if (M === 0) return short(bound) as Tensor;
  const middle = center ?? (!sym && M > 1 ? M : M - 1) / 2;
  return points(bound, -middle, 1 / tau)
    .abs()
    .neg()
    .exp();
}

const readCosine = reader('cosine', {});

/**
 * A cosine (sine) window: `sin(pi (n + 0.5) / M)`, which is zero at neither end.
 *
 * @param M Its length.
 * @returns `[M]`.
 *
 * @example
 * ```ts
 * torch.signal.windows.cosine(3); // tensor([0.5000, 1.0000, 0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.cosine.html
 */
export function cosine(...args: Window): Tensor {
  const bound = readCosine(args);
  const { M, sym } = bound;
  if (M === 0) return short(bound) as Tensor;
  return points(bound, 0.5, Math.PI / (!sym && M > 1 ? M + 1 : M)).sin();
}

const readGaussian = reader<{ std: number }>('gaussian', { std: 1 });

/**
 * A Gaussian window: `exp(-(n / std)^2 / 2)`, counted from the middle.
 *
 * @param M Its length.
 * @param options.std The standard deviation. Default: 1.
 * @returns `[M]`.
 * @throws ValueError where `std` is not positive.
 *
 * @example
 * ```ts
 * torch.signal.windows.gaussian(3); // tensor([0.6065, 1.0000, 0.6065])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.gaussian.html
 */
export function gaussian(...args: Window<{ std?: number }>): Tensor {
  const bound = readGaussian(args);
  const { M, sym, std } = bound;
  if (std <= 0) throw new ValueError(`gaussian(): std must be positive, got ${std}`);
  if (M === 0) return short(bound) as Tensor;
  const middle = (!sym && M > 1 ? M : M - 1) / 2;
  return points(bound, -middle, 1 / (std * Math.SQRT2))
    .square()
    .neg()
    .exp();
}

const readKaiser = reader<{ beta: number }>('kaiser', { beta: 12 });

/**
 * A Kaiser window: `I0(beta sqrt(1 - x^2)) / I0(beta)` for x from -1 to 1.
 *
 * @param M Its length.
 * @param options.beta Its shape, from 0 (a rectangle) on. Default: 12.
 * @returns `[M]`.
 * @throws ValueError where `beta` is negative.
 *
 * @example
 * ```ts
 * torch.signal.windows.kaiser(3, { beta: 0 }); // tensor([1., 1., 1.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.kaiser.html
 */
export function kaiser(...args: Window<{ beta?: number }>): Tensor {
  const bound = readKaiser(args);
  if (bound.beta < 0) throw new ValueError(`kaiser(): beta must be >= 0, got ${bound.beta}`);
  const made = short(bound);
  if (made) return made;
  const { M, dtype, device } = bound;
  const beta = tensor(bound.beta, { dtype, device });
  const start = beta.neg();
  const step = beta.mul(2).div(period(bound));
  // The last step may pass beta by a rounding error, and the root of less than 0 is NaN.
  const end = operators.torch.minimum(beta, start.add(step.mul(M - 1)));
  const k = operators.torch.linspace(start, end, M, options(bound));
  return beta.mul(beta).sub(k.pow(2)).sqrt().i0().div(beta.i0());
}

const readBartlett = reader('bartlett', {});

/**
 * A Bartlett (triangular) window: `1 - |x|` for x from -1 to 1.
 *
 * @param M Its length.
 * @returns `[M]`.
 *
 * @example
 * ```ts
 * torch.signal.windows.bartlett(5); // tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.bartlett.html
 */
export function bartlett(...args: Window): Tensor {
  const bound = readBartlett(args);
  const made = short(bound);
  if (made) return made;
  const step = 2 / period(bound);
  const k = operators.torch.linspace(-1, -1 + (bound.M - 1) * step, bound.M, options(bound));
  return k.abs().neg().add(1);
}

/** The sum of cosines that the other windows are, of coefficients with alternating signs. */
function sumOfCosines(bound: Bound, a: readonly number[]): Tensor {
  const made = short(bound);
  if (made) return made;
  const { dtype, device, requiresGrad } = bound;
  const k = points(bound, 0, (2 * Math.PI) / period(bound));
  const signed = a.map((weight, i) => (i % 2 === 0 ? weight : -weight));
  const weights = tensor(signed, { dtype, device, requiresGrad });
  const i = operators.torch.arange(a.length, { dtype, device: weights.device, requiresGrad });
  return weights.unsqueeze(-1).mul(i.unsqueeze(-1).mul(k).cos()).sum(0);
}

const readGeneralCosine = reader<{ a: readonly number[] }>('generalCosine', { a: required });

/**
 * The sum of cosines `a[0] - a[1] cos(x) + a[2] cos(2 x) - ...` for x from 0 to 2 pi.
 *
 * @param M Its length.
 * @param options.a The coefficients.
 * @returns `[M]`.
 * @throws ValueError where there is no coefficient.
 *
 * @example
 * ```ts
 * torch.signal.windows.generalCosine(3, { a: [0.5, 0.5] }); // tensor([0., 1., 0.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.general_cosine.html
 */
export function generalCosine(
  ...args: [M: number, options: WindowOptions & { a: readonly number[] }]
): Tensor {
  const bound = readGeneralCosine(args);
  const { a } = bound;
  if (!Array.isArray(a)) throw new TypeError('generalCosine(): a must be an array of numbers');
  if (a.length === 0 && bound.M > 1) {
    throw new ValueError('generalCosine(): a, the coefficients, must not be empty');
  }
  return sumOfCosines(bound, a);
}

const readGeneralHamming = reader<{ alpha: number }>('generalHamming', { alpha: 0.54 });

/**
 * A Hamming window of any weight: `alpha - (1 - alpha) cos(x)` for x from 0 to 2 pi.
 *
 * @param M Its length.
 * @param options.alpha The weight. Default: 0.54.
 * @returns `[M]`.
 *
 * @example
 * ```ts
 * torch.signal.windows.generalHamming(3, { alpha: 0.5 }); // tensor([0., 1., 0.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.general_hamming.html
 */
export function generalHamming(...args: Window<{ alpha?: number }>): Tensor {
  const bound = readGeneralHamming(args);
  return sumOfCosines(bound, [bound.alpha, 1 - bound.alpha]);
}

const readHamming = reader('hamming', {});

/**
 * A Hamming window: {@link generalHamming} of 0.54.
 *
 * @param M Its length.
 * @returns `[M]`.
 *
 * @example
 * ```ts
 * torch.signal.windows.hamming(3); // tensor([0.0800, 1.0000, 0.0800])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.hamming.html
 */
export function hamming(...args: Window): Tensor {
  return sumOfCosines(readHamming(args), [0.54, 1 - 0.54]);
}

const readHann = reader('hann', {});

/**
 * A Hann window: {@link generalHamming} of 0.5, which begins at 0.
 *
 * @param M Its length.
 * @returns `[M]`.
 *
 * @example
 * ```ts
 * torch.signal.windows.hann(3); // tensor([0., 1., 0.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.hann.html
 */
export function hann(...args: Window): Tensor {
  return sumOfCosines(readHann(args), [0.5, 0.5]);
}

const readBlackman = reader('blackman', {});

/**
 * A Blackman window: a {@link generalCosine} of three terms.
 *
 * @param M Its length.
 * @returns `[M]`.
 *
 * @example
 * ```ts
 * torch.signal.windows.blackman(4, { sym: false }).shape; // [4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.blackman.html
 */
export function blackman(...args: Window): Tensor {
  return sumOfCosines(readBlackman(args), [0.42, 0.5, 0.08]);
}

const readNuttall = reader('nuttall', {});

/**
 * A Nuttall window with the least four-term sidelobes: a {@link generalCosine} of four terms.
 *
 * @param M Its length.
 * @returns `[M]`.
 *
 * @example
 * ```ts
 * torch.signal.windows.nuttall(4).shape; // [4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.signal.windows.nuttall.html
 */
export function nuttall(...args: Window): Tensor {
  return sumOfCosines(readNuttall(args), [0.3635819, 0.4891775, 0.1365995, 0.0106411]);
}
