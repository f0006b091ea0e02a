import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';
import { alias } from './alias.js';
import { canonicalMask, checkShapes } from './attention-mask.js';
import { project, projectPacked, type Triple } from './attention-projection.js';

/**
 * Attention: `softmax(query @ key.T * scale + attnMask) @ value`, by the fastest kernel that
 * libtorch has for the arguments.
 *
 * @param query `(N, ..., Hq, L, E)`.
 * @param key `(N, ..., H, S, E)`.
 * @param value `(N, ..., H, S, Ev)`.
 * @param attnMask What is added to the scores, of a shape that broadcasts with theirs; or of bool,
 *   true where a key takes part. Default: null.
 * @param dropoutP The probability that a weight is dropped; also in evaluation. Default: 0.
 * @param isCausal Whether each query sees only the keys before it and its own. Default: false.
 * @param options.scale What the scores are multiplied by. Default: `1 / sqrt(E)`.
 * @param options.enableGqa Whether a head of keys may serve several of queries. Default: false.
 *
 * The output is `(N, ..., Hq, L, Ev)`.
 *
 * @example
 * ```ts
 * const [query, key, value] = [0, 1, 2].map(() => torch.rand(32, 8, 128, 64)) as [Tensor, Tensor, Tensor];
 * const output = nn.functional.scaledDotProductAttention(query, key, value, { isCausal: true });
 * output.shape; // [32, 8, 128, 64]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
 */
export const scaledDotProductAttention = alias(() => operators.nn.scaledDotProductAttention);

/** What {@link multiHeadAttentionForward} takes after its required arguments. */
export interface MultiHeadAttentionForwardOptions {
  /** Whether weights are dropped. Default: true. */
  training?: boolean;
  /** Keys that take no part, `(N, S)` or `(S)`: bool, or what is added to the scores. Default: null. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are returned too. Default: true. */
  needWeights?: boolean;
  /** Pairs that take no part, `(L, S)` or `(N * numHeads, L, S)`: bool, or what is added. Default: null. */
  attnMask?: Tensor | null;
  /** Whether the three projections below are used in place of `inProjWeight`. Default: false. */
  useSeparateProjWeight?: boolean;
  /** The projection of the queries, `(E, E)`. Default: null. */
  qProjWeight?: Tensor | null;
  /** The projection of the keys, `(E, kdim)`. Default: null. */
  kProjWeight?: Tensor | null;
  /** The projection of the values, `(E, vdim)`. Default: null. */
  vProjWeight?: Tensor | null;
  /** Keys to use as they are, `(N * numHeads, S, E / numHeads)`. Default: null. */
  staticK?: Tensor | null;
  /** Values to use as they are, `(N * numHeads, S, E / numHeads)`. Default: null. */
  staticV?: Tensor | null;
  /** Whether the weights are averaged over the heads. Default: true. */
  averageAttnWeights?: boolean;
  /** Whether `attnMask` is the causal mask; a hint. Default: false. */
  isCausal?: boolean;
}

interface MultiHeadAttentionArguments extends Required<MultiHeadAttentionForwardOptions> {
  query: Tensor;
  key: Tensor;
  value: Tensor;
  embedDimToCheck: number;
  numHeads: number;
  inProjWeight: Tensor | null;
  inProjBias: Tensor | null;
  biasK: Tensor | null;
  biasV: Tensor | null;
  addZeroAttn: boolean;
  dropoutP: number;
  outProjWeight: Tensor;
  outProjBias: Tensor | null;
}

const multiHeadAttention = new Signature<MultiHeadAttentionArguments>(
  'nn.functional.multiHeadAttentionForward',
  {
    query: required,
    key: required,
    value: required,
    embedDimToCheck: required,
    numHeads: required,
    inProjWeight: required,
    inProjBias: required,
    biasK: required,
    biasV: required,
    addZeroAttn: required,
    dropoutP: required,
    outProjWeight: required,
    outProjBias: required,
    training: true,
    keyPaddingMask: null,
    needWeights: true,
    attnMask: null,
    useSeparateProjWeight: false,
    qProjWeight: null,
    kProjWeight: null,
    vProjWeight: null,
    staticK: null,
    staticV: null,
    averageAttnWeights: true,
    isCausal: false,
  },
);

/** A mask with a column for one more key, which takes part. */
const pad = (mask: Tensor): Tensor => operators.nn.pad(mask, [0, 1]);

/** Queries, keys and values with one more key that scores nothing, and the masks to match. */
interface Prepared {
  q: Tensor;
  k: Tensor;
  v: Tensor;
  attnMask: Tensor | null;
  keyPaddingMask: Tensor | null;
}

function checkMask(
  mask: Tensor,
  batch: number,
  heads: number,
  target: number,
  source: number,
): Tensor {
  const { shape } = mask;
  const expected = shape.length === 2 ? [target, source] : [batch * heads, target, source];
  if (String(shape) !== String(expected)) {
    throw new TorchError(
      `The shape of the ${shape.length}D attnMask is [${shape}], but should be [${expected}].`,
    );
  }
  return shape.length === 2 ? mask.unsqueeze(0) : mask;
}

/** The learned key and value of `biasK` and `biasV` after the others. */
function withBias(given: MultiHeadAttentionArguments, prepared: Prepared, batch: number): Prepared {
  const { biasK, biasV, staticK, staticV } = given;
  if (biasK === null && biasV === null) return prepared;
  if (biasK === null || biasV === null) {
    throw new ValueError('biasK and biasV must both be set, or both be null');
  }
  if (staticK !== null) throw new ValueError('bias cannot be added to static key.');
  if (staticV !== null) throw new ValueError('bias cannot be added to static value.');
  const { cat } = operators.torch;
  return {
    q: prepared.q,
    k: cat([prepared.k, biasK.repeat([1, batch, 1])]),
    v: cat([prepared.v, biasV.repeat([1, batch, 1])]),
    attnMask: prepared.attnMask && pad(prepared.attnMask),
    keyPaddingMask: prepared.keyPaddingMask && pad(prepared.keyPaddingMask),
  };
}

/** Keys or values cut into heads, or the static ones. */
function inHeads(
  name: string,
  projected: Tensor,
  fixed: Tensor | null,
  count: number,
  headDim: number,
): Tensor {
  if (fixed === null) return projected.view(projected.size(0), count, headDim).transpose(0, 1);
  if (fixed.size(0) !== count || fixed.size(2) !== headDim) {
    throw new ValueError(
      `${name} must have the shape [${count}, S, ${headDim}], got [${fixed.shape}]`,
    );
  }
  return fixed;
}

function withZeros(prepared: Prepared): Prepared {
  const { k, v } = prepared;
  const { cat, zeros } = operators.torch;
  const more = (x: Tensor) => {
    const [count, , size] = x.shape as [number, number, number];
    return cat([x, zeros([count, 1, size], { dtype: x.dtype, device: x.device })], 1);
  };
  return {
    q: prepared.q,
    k: more(k),
    v: more(v),
    attnMask: prepared.attnMask && pad(prepared.attnMask),
    keyPaddingMask: prepared.keyPaddingMask && pad(prepared.keyPaddingMask),
  };
}

/** Both masks in one. */
function mergedMask(prepared: Prepared, batch: number, heads: number): Tensor | null {
  const { attnMask, keyPaddingMask } = prepared;
  if (keyPaddingMask === null) return attnMask;
  const source = prepared.k.size(1);
  if (keyPaddingMask.size(0) !== batch || keyPaddingMask.size(1) !== source) {
    throw new ValueError(
      `Expected the shape of keyPaddingMask to be [${batch}, ${source}], but got [${keyPaddingMask.shape}]`,
    );
  }
  const padding = keyPaddingMask
    .view(batch, 1, 1, source)
    .expand(-1, heads, -1, -1)
    .reshape(batch * heads, 1, source);
  return attnMask === null ? padding : attnMask.add(padding);
}

function projected(
  given: MultiHeadAttentionArguments,
  query: Tensor,
  key: Tensor,
  value: Tensor,
): Triple {
  const { inProjWeight, inProjBias, qProjWeight, kProjWeight, vProjWeight } = given;
  if (!given.useSeparateProjWeight) {
    if (inProjWeight === null) {
      throw new ValueError('useSeparateProjWeight is false but inProjWeight is null');
    }
    return projectPacked(query, key, value, inProjWeight, inProjBias);
  }
  if (qProjWeight === null || kProjWeight === null || vProjWeight === null) {
    throw new ValueError(
      'useSeparateProjWeight is true but one of qProjWeight, kProjWeight and vProjWeight is null',
    );
  }
  return project([query, key, value], [qProjWeight, kProjWeight, vProjWeight], inProjBias);
}

/** The masks in the form of what is added to the scores, and whether the causal hint still holds. */
function masks(given: MultiHeadAttentionArguments, query: Tensor, isBatched: boolean) {
  let { attnMask, isCausal } = given;
  const unbatched = given.keyPaddingMask;
  const keyPaddingMask = canonicalMask(
    isBatched ? unbatched : (unbatched?.unsqueeze(0) ?? null),
    'keyPaddingMask',
    query.dtype,
    { mask: attnMask, name: 'attnMask' },
  );
  if (isCausal && attnMask === null) {
    throw new TorchError(
      'Need attnMask if specifying the isCausal hint. You may use the Transformer module method `generateSquareSubsequentMask` to create this mask.',
    );
  }
  if (isCausal && keyPaddingMask === null && !given.needWeights) {
    attnMask = null;
  } else {
    attnMask = canonicalMask(attnMask, 'attnMask', query.dtype);
    if (keyPaddingMask !== null) isCausal = false;
  }
  return { attnMask, keyPaddingMask, isCausal };
}

/**
 * Attention of several heads with its projections; {@link nn.MultiheadAttention} as a function.
 *
 * @param query `(L, N, E)` or `(L, E)`.
 * @param key `(S, N, kdim)` or `(S, kdim)`.
 * @param value `(S, N, vdim)` or `(S, vdim)`.
 * @param embedDimToCheck E.
 * @param numHeads Into how many heads E is cut.
 * @param inProjWeight The three projections in one, `(3 * E, E)`; null where they are separate.
 * @param inProjBias Their biases, `(3 * E)`, or null.
 * @param biasK A key that comes after the others, `(1, 1, E)`, or null.
 * @param biasV Its value, `(1, 1, E)`, or null.
 * @param addZeroAttn Whether a key and value of zeros come after the others.
 * @param dropoutP The probability that a weight is dropped.
 * @param outProjWeight The projection of the output, `(E, E)`.
 * @param outProjBias Its bias, `(E)`, or null.
 *
 * Further arguments, by position or by name: {@link MultiHeadAttentionForwardOptions}.
 *
 * The result is the output, of the query's shape, and the weights, `(N, L, S)`, `(L, S)` or, not
 * averaged, with `numHeads` before L; null unless they are needed.
 *
 * @example
 * ```ts
 * const x = torch.randn(5, 2, 8);
 * const [weight, bias] = [torch.randn(24, 8), torch.zeros(24)];
 * const [output, weights] = nn.functional.multiHeadAttentionForward(
 *   x, x, x, 8, 2, weight, bias, null, null, false, 0, torch.eye(8), null,
 * );
 * console.log(output.shape, weights?.shape); // [5, 2, 8] [2, 5, 5]
 * ```
 * @see https://pytorch.org/docs/stable/nn.functional.html
 */
export function multiHeadAttentionForward(
  ...args: Call<
    [
      query: Tensor,
      key: Tensor,
      value: Tensor,
      embedDimToCheck: number,
      numHeads: number,
      inProjWeight: Tensor | null,
      inProjBias: Tensor | null,
      biasK: Tensor | null,
      biasV: Tensor | null,
      addZeroAttn: boolean,
      dropoutP: number,
      outProjWeight: Tensor,
      outProjBias: Tensor | null,
    ],
    [
      training: boolean,
      keyPaddingMask: Tensor | null,
      needWeights: boolean,
      attnMask: Tensor | null,
      useSeparateProjWeight: boolean,
      qProjWeight: Tensor | null,
      kProjWeight: Tensor | null,
      vProjWeight: Tensor | null,
      staticK: Tensor | null,
      staticV: Tensor | null,
      averageAttnWeights: boolean,
      isCausal: boolean,
    ],
    MultiHeadAttentionForwardOptions
  >
): [output: Tensor, weights: Tensor | null] {
  const given = multiHeadAttention.bind(args);
  const { numHeads } = given;
  for (const name of ['query', 'key', 'value'] as const) {
    checkTensor(multiHeadAttention.where, name, given[name]);
  }
  const isBatched = checkShapes(given);
  // Where they are one and the same tensor, they stay one: they are projected in one product.
  const batched = (x: Tensor) => (isBatched ? x : x.unsqueeze(1));
  const query = batched(given.query);
  const key = given.key === given.query ? query : batched(given.key);
  const value = given.value === given.key ? key : batched(given.value);
  const [target, batch, embedDim] = query.shape as [number, number, number];
  const canonical = masks(given, query, isBatched);
  if (embedDim !== given.embedDimToCheck) {
    throw new ValueError(
      `was expecting embedding dimension of ${given.embedDimToCheck}, but got ${embedDim}`,
    );
  }
  const headDim = Math.floor(embedDim / numHeads);
  if (headDim * numHeads !== embedDim) {
    throw new ValueError(`embedDim ${embedDim} not divisible by numHeads ${numHeads}`);
  }
  const compared = given.useSeparateProjWeight ? 2 : 3;
  const [keySizes, valueSizes] = [key.shape.slice(0, compared), value.shape.slice(0, compared)];
  if (String(keySizes) !== String(valueSizes)) {
    throw new ValueError(
      `the sizes of key [${key.shape}] do not match those of value [${value.shape}]`,
    );
  }
  const [q, k, v] = projected(given, query, key, value);
  const { attnMask } = canonical;
  let prepared: Prepared = {
    q,
    k,
    v,
    attnMask: attnMask && checkMask(attnMask, batch, numHeads, target, key.size(0)),
    keyPaddingMask: canonical.keyPaddingMask,
  };
  prepared = withBias(given, prepared, batch);
  const count = batch * numHeads;
  prepared.q = prepared.q.view(target, count, headDim).transpose(0, 1);
  prepared.k = inHeads('staticK', prepared.k, given.staticK, count, headDim);
  prepared.v = inHeads('staticV', prepared.v, given.staticV, count, headDim);
  if (given.addZeroAttn) prepared = withZeros(prepared);
  const mask = mergedMask(prepared, batch, numHeads);
  const sizes = { target, batch, numHeads, headDim };
  const attended = given.needWeights
    ? attendWithWeights(given, prepared, mask, sizes)
    : attend(given, prepared, mask, sizes, canonical.isCausal);
  const [output, weights] = attended;
  return isBatched ? [output, weights] : [output.squeeze(1), weights?.squeeze(0) ?? null];
}

interface Sizes {
  target: number;
  batch: number;
  numHeads: number;
  headDim: number;
}

function attendWithWeights(
  given: MultiHeadAttentionArguments,
  { q, k, v }: Prepared,
  mask: Tensor | null,
  { target, batch, numHeads, headDim }: Sizes,
): [output: Tensor, weights: Tensor] {
  const { baddbmm, bmm, dropout } = operators.torch;
  const scaled = q.mul(Math.sqrt(1 / headDim));
  const keys = k.transpose(-2, -1);
  const scores = mask === null ? bmm(scaled, keys) : baddbmm(mask, scaled, keys);
  let weights = scores.softmax(-1);
  if (given.training && given.dropoutP > 0) weights = dropout(weights, given.dropoutP, true);
  const embedDim = numHeads * headDim;
  const heads = bmm(weights, v)
    .transpose(0, 1)
    .reshape(target * batch, embedDim);
  const output = operators.nn.linear(heads, given.outProjWeight, given.outProjBias);
  const perHead = weights.view(batch, numHeads, target, k.size(1));
  return [
    output.view(target, batch, output.size(1)),
    given.averageAttnWeights ? perHead.mean(1) : perHead,
  ];
}

function attend(
  given: MultiHeadAttentionArguments,
  { q, k, v }: Prepared,
  mask: Tensor | null,
  { target, batch, numHeads, headDim }: Sizes,
  isCausal: boolean,
): [output: Tensor, weights: null] {
  const source = k.size(1);
  let perHead = mask;
  if (mask !== null) {
    perHead = mask.size(0) === 1 ? mask.unsqueeze(0) : mask.view(batch, numHeads, -1, source);
  }
  const output = operators.nn
    .scaledDotProductAttention(
      q.view(batch, numHeads, target, headDim),
      k.view(batch, numHeads, source, headDim),
      v.view(batch, numHeads, source, headDim),
      perHead,
      given.training ? given.dropoutP : 0,
      isCausal,
    )
    .permute(2, 0, 1, 3)
    .reshape(batch * target, numHeads * headDim);
  const result = operators.nn.linear(output, given.outProjWeight, given.outProjBias);
  return [result.view(target, batch, result.size(1)), null];
}
