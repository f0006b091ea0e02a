import { bfloat16, type DType } from '../../dtype.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';

/** What {@link groupedMm} takes after its required arguments. */
export interface GroupedMmOptions {
  /** Where each group ends along the dimension that is cut into groups, int32 `(G)`. Default: null. */
  offs?: Tensor | null;
  /** What is added to the result. Default: null. */
  bias?: Tensor | null;
  /** The dtype of the result. Default: null, that of the matrices. */
  outDtype?: DType | null;
}

interface GroupedMmArguments extends Required<GroupedMmOptions> {
  matA: Tensor;
  matB: Tensor;
}

const groupedMmSignature = new Signature<GroupedMmArguments>(
  'nn.functional.groupedMm',
  { matA: required, matB: required },
  { offs: null, bias: null, outDtype: null },
);

/**
 * The products of groups of matrices, as the experts of a mixture need them: `(G, M, K) @ (G, K, N)`,
 * or with `offs` the groups lie side by side in a dimension of one matrix.
 *
 * @param matA `(G, M, K)`, or `(M, K)` with the groups in M or K.
 * @param matB `(G, K, N)`, or `(K, N)` with the groups in N or K.
 *
 * Further arguments, by name: {@link GroupedMmOptions}.
 *
 * @example
 * ```ts
 * nn.functional.groupedMm(torch.ones(2, 4, 8), torch.ones(2, 8, 4)).shape; // [2, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.grouped_mm.html
 */
export function groupedMm(
  ...args: Call<[matA: Tensor, matB: Tensor], [], GroupedMmOptions>
): Tensor {
  const { matA, matB, offs, bias, outDtype } = groupedMmSignature.bind(args);
  return operators.torch._groupedMm(matA, matB, offs, bias, outDtype);
}

/** For which part of a matrix one scale stands. */
export const ScalingType = Object.freeze({
  TensorWise: 0,
  RowWise: 1,
  BlockWise1x16: 2,
  BlockWise1x32: 3,
  BlockWise1x128: 4,
  BlockWise128x128: 5,
});

/** One of {@link ScalingType}'s values. */
export type ScalingType = (typeof ScalingType)[keyof typeof ScalingType];

/** How the scales of a matrix are laid out. */
export const SwizzleType = Object.freeze({ NO_SWIZZLE: 0, SWIZZLE_32_4_4: 1 });

/** One of {@link SwizzleType}'s values. */
export type SwizzleType = (typeof SwizzleType)[keyof typeof SwizzleType];

/** One thing, or one for each level of scaling. */
type OneOrMore<T> = T | readonly T[];

/** What {@link scaledMm} takes after its required arguments. */
export interface ScaledMmOptions {
  /** How the first matrix's scales are laid out. Default: null, row by row. */
  swizzleA?: OneOrMore<SwizzleType> | null;
  /** How the second matrix's scales are laid out. Default: null, row by row. */
  swizzleB?: OneOrMore<SwizzleType> | null;
  /** What is added to the result. Default: null. */
  bias?: Tensor | null;
  /** The dtype of the result. Default: `torch.bfloat16`. */
  outputDtype?: DType | null;
  /** Which dimensions of packed matrices are summed over. Default: none given. */
  contractionDim?: readonly number[];
  /** Whether sums may be less exact and faster. Default: false. */
  useFastAccum?: boolean;
}

/** What {@link scaledGroupedMm} takes after its required arguments. */
export interface ScaledGroupedMmOptions extends ScaledMmOptions {
  /** Where each group ends, int32 `(G)`. Default: null. */
  offs?: Tensor | null;
}

interface ScaledMmArguments extends Required<ScaledMmOptions> {
  matA: Tensor;
  matB: Tensor;
  scaleA: OneOrMore<Tensor>;
  scaleRecipeA: OneOrMore<ScalingType>;
  scaleB: OneOrMore<Tensor>;
  scaleRecipeB: OneOrMore<ScalingType>;
}

const scaled = {
  matA: required,
  matB: required,
  scaleA: required,
  scaleRecipeA: required,
  scaleB: required,
  scaleRecipeB: required,
  swizzleA: null,
  swizzleB: null,
  bias: null,
};
const rest = { outputDtype: bfloat16, contractionDim: [], useFastAccum: false };

const scaledMmSignature = new Signature<ScaledMmArguments>('nn.functional.scaledMm', {
  ...scaled,
  ...rest,
});
const scaledGroupedMmSignature = new Signature<ScaledMmArguments & { offs: Tensor | null }>(
  'nn.functional.scaledGroupedMm',
  { ...scaled, offs: null, ...rest },
);

function list<T>(value: OneOrMore<T> | null): readonly T[] {
  if (value === null) return [];
  return Array.isArray(value) ? value : [value as T];
}

/** The scales as the operators take them. */
function scales(given: ScaledMmArguments) {
  return {
    a: [list(given.scaleA), list(given.scaleRecipeA), list(given.swizzleA)] as const,
    b: [list(given.scaleB), list(given.scaleRecipeB), list(given.swizzleB)] as const,
  };
}

/**
 * The product of two matrices of few bits, float8 say, each of which is multiplied by its scales.
 *
 * @param matA `(M, K)`.
 * @param matB `(K, N)`.
 * @param scaleA The scales of the first matrix; several for several levels.
 * @param scaleRecipeA For which part of it one scale stands: {@link ScalingType}.
 * @param scaleB The scales of the second matrix.
 * @param scaleRecipeB For which part of it one scale stands.
 *
 * Further arguments, by position or by name: {@link ScaledMmOptions}.
 *
 * @example
 * ```ts
 * const { ScalingType, scaledMm } = nn.functional;
 * const a = torch.ones(16, 32).to(torch.float8_e4m3fn);
 * const b = torch.ones(32, 16).to(torch.float8_e4m3fn);
 * const [one, two] = [torch.tensor(1), torch.tensor(2)];
 * const product = scaledMm(a, b, one, ScalingType.TensorWise, two, ScalingType.TensorWise);
 * console.log(product.dtype, product.shape); // torch.bfloat16 [16, 16]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_mm.html
 */
export function scaledMm(
  ...args: Call<
    [
      matA: Tensor,
      matB: Tensor,
      scaleA: OneOrMore<Tensor>,
      scaleRecipeA: OneOrMore<ScalingType>,
      scaleB: OneOrMore<Tensor>,
      scaleRecipeB: OneOrMore<ScalingType>,
    ],
    [
      swizzleA: OneOrMore<SwizzleType> | null,
      swizzleB: OneOrMore<SwizzleType> | null,
      bias: Tensor | null,
      outputDtype: DType | null,
      contractionDim: readonly number[],
      useFastAccum: boolean,
    ],
    ScaledMmOptions
  >
): Tensor {
  const given = scaledMmSignature.bind(args);
  const { matA, matB, bias, outputDtype, contractionDim, useFastAccum } = given;
  const { a, b } = scales(given);
  return operators.torch._scaledMmV2(
    matA,
    matB,
    ...a,
    ...b,
    bias,
    outputDtype,
    contractionDim,
    useFastAccum,
  );
}

/**
 * {@link groupedMm} of matrices of few bits, each of which is multiplied by its scales. On a GPU
 * alone.
 *
 * @param matA `(G, M, K)`, or `(M, K)` with the groups in M or K.
 * @param matB `(G, K, N)`, or `(K, N)` with the groups in N or K.
 * @param scaleA The scales of the first matrix; several for several levels.
 * @param scaleRecipeA For which part of it one scale stands: {@link ScalingType}.
 * @param scaleB The scales of the second matrix.
 * @param scaleRecipeB For which part of it one scale stands.
 *
 * Further arguments, by position or by name: {@link ScaledGroupedMmOptions}.
 *
 * @example
 * ```ts
 * const { ScalingType, scaledGroupedMm } = nn.functional;
 * if (torch.cuda.isAvailable()) {
 *   const x = torch.ones(2, 16, 32, { device: 'cuda' }).to(torch.float8_e4m3fn);
 *   const scale = torch.ones(2, 16, { device: 'cuda' });
 *   const { RowWise } = ScalingType;
 *   const product = scaledGroupedMm(x, x.transpose(1, 2), scale, RowWise, scale, RowWise);
 *   console.log(product.shape); // [2, 16, 16]
 * }
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_grouped_mm.html
 */
export function scaledGroupedMm(
  ...args: Call<
    [
      matA: Tensor,
      matB: Tensor,
      scaleA: OneOrMore<Tensor>,
      scaleRecipeA: OneOrMore<ScalingType>,
      scaleB: OneOrMore<Tensor>,
      scaleRecipeB: OneOrMore<ScalingType>,
    ],
    [
      swizzleA: OneOrMore<SwizzleType> | null,
      swizzleB: OneOrMore<SwizzleType> | null,
      bias: Tensor | null,
      offs: Tensor | null,
      outputDtype: DType | null,
      contractionDim: readonly number[],
      useFastAccum: boolean,
    ],
    ScaledGroupedMmOptions
  >
): Tensor {
  const given = scaledGroupedMmSignature.bind(args);
  const { matA, matB, offs, bias, outputDtype, contractionDim, useFastAccum } = given;
  const { a, b } = scales(given);
  return operators.torch._scaledGroupedMmV2(
    matA,
    matB,
    ...a,
    ...b,
    offs,
    bias,
    outputDtype,
    contractionDim,
    useFastAccum,
  );
}
