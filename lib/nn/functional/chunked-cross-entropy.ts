import { AutogradFunction, type FunctionCtx, type VmapInfo } from '../../autograd/function.js';
import { bfloat16, type DType, float16, float32 } from '../../dtype.js';
import { TorchError } from '../../errors.js';
import { operators } from '../../operators.js';
import type { Tensor } from '../../tensor.js';
import type { ResolvedChunks } from '../modules/linear-cross-entropy-options.js';
import type { Reduction } from '../reduction.js';

/** What is not differentiated. */
export interface ChunkSettings extends ResolvedChunks {
  reduction: Reduction;
  ignoreIndex: number;
  allowRetainGraph: boolean;
  /** Which gradients are wanted: of the input, of the linear weight, of the bias. */
  wanted: readonly [input: boolean, linearWeight: boolean, linearBias: boolean];
}

interface Operands {
  input: Tensor;
  linearWeight: Tensor;
  linearBias: Tensor | null;
  weight: Tensor | null;
  target: Tensor;
}

interface Results {
  loss: Tensor;
  /** The gradients that are wanted. */
  grads: Tensor[];
}

/** Which dtype each intermediate has, and which of them need memory of their own. */
function planOf({ input }: Operands, { accPolicy, accDtype, wanted }: ChunkSettings) {
  const { dtype } = input;
  const isCuda = input.device.type === 'cuda';
  const isMixed = dtype !== accDtype;
  if (isMixed && !((dtype === float16 || dtype === bfloat16) && accDtype === float32)) {
    throw new TorchError(
      `linearCrossEntropy: accDtype may be torch.float32 for an input of float16 or bfloat16; got ${accDtype} for an input of ${dtype}`,
    );
  }
  const isCompact = accPolicy === 'compact';
  const isSmall = isCompact || accPolicy === 'balanced';
  const logits = isMixed && dtype === float16 && isSmall ? dtype : accDtype;
  const gradInput = isMixed && isSmall ? dtype : accDtype;
  const [wantsInput, wantsWeight, wantsBias] = wanted;
  const castsWeight = isMixed && (!isCuda || (wantsInput && gradInput === logits));
  const weight = castsWeight ? logits : dtype;
  return {
    logits,
    gradInput,
    output: dtype === float16 ? accDtype : dtype,
    /** Of the linear weight in products that need one dtype. */
    weight,
    /** Whether a product makes its result wider than its factors. */
    widens: isCuda && isMixed,
    /** Whether the gradient of a chunk is summed by itself, to be rounded once. */
    stagesWeight: wantsWeight && !(isCompact && (isCuda || logits === dtype)),
    stagesBias: wantsBias && isMixed,
    stagesInput: wantsInput && !isCuda && gradInput !== weight,
    widensInput: isMixed && (wantsWeight || (!isCuda && dtype !== logits)),
    narrowsLogits: isCuda && wantsInput && logits !== gradInput,
  };
}

/** What each row counts: minus the weight of its class, over their sum for a mean; 0 if ignored. */
function rowWeights(
  { target, weight }: Operands,
  safeTarget: Tensor,
  { ignoreIndex, reduction, accDtype }: ChunkSettings,
  gradOutput: Tensor | null,
): Tensor {
  const { torch } = operators;
  const ignored = target.eq(ignoreIndex);
  let rows: Tensor;
  if (!weight) rows = ignored.logicalNot().to(accDtype);
  else if (target.numel() > weight.numel()) {
    rows = torch.where(ignored, 0, weight.to(accDtype).indexSelect(0, safeTarget));
  } else rows = torch.where(ignored, 0, weight.indexSelect(0, safeTarget).to(accDtype));
  if (reduction === 'mean') {
    const sum = rows.sum();
    return rows.div_(torch.where(sum.eq(0), Number.NaN, sum.neg()));
  }
  if (reduction === 'sum') return rows.neg_();
  return gradOutput ? rows.neg_().mul_(gradOutput.to(accDtype)) : rows;
}

/** A product written into `out`, which may be of a wider dtype. */
function multiply(a: Tensor, b: Tensor, out: Tensor): void {
  if (a.dtype === out.dtype) operators.torch.mm(a, b, { out });
  else operators.torch.mm(a, b, out.dtype, { out });
}

/**
 * The loss and its gradients, chunk by chunk, so that the scores of all rows never exist at once:
 * PyTorch's own algorithm (torch/nn/modules/linear_cross_entropy.py), rounding where it rounds.
 *
 * @param gradOutput The gradient of each row's loss, where the reduction is 'none'; without one
 * there, the losses alone are computed.
 */
function compute(given: Operands, settings: ChunkSettings, gradOutput: Tensor | null): Results {
  const { torch } = operators;
  const { input, linearWeight, linearBias, target } = given;
  const { chunkSize, accDtype, ignoreIndex, reduction } = settings;
  const [batch, inFeatures] = input.shape as [number, number];
  const numClasses = linearWeight.size(0);
  const { dtype, device } = input;
  const plan = planOf(given, settings);
  const isInRange = ignoreIndex >= 0 && ignoreIndex < numClasses;
  const safeTarget = isInRange ? target : torch.where(target.eq(ignoreIndex), 0, target);
  const rows = rowWeights(given, safeTarget, settings, gradOutput);
  const empty = (shape: number[], type: DType) => torch.empty(shape, { dtype: type, device });
  const zeros = (shape: number[], type: DType) => torch.zeros(shape, { dtype: type, device });
  const castWeight = linearWeight.to(plan.weight);
  const castBias = linearBias?.to(plan.logits);
  const buffer = empty([chunkSize, numClasses], plan.logits);
  const forward = plan.widens ? linearWeight : castWeight;
  const [wantsInput, wantsWeight, wantsBias] = settings.wanted;
  const gradInput = wantsInput ? empty([batch, inFeatures], plan.gradInput) : null;
  const gradWeight = wantsWeight ? zeros([numClasses, inFeatures], dtype) : null;
  const gradBias = wantsBias ? zeros([numClasses], dtype) : null;
  const stagedWeight = plan.stagesWeight ? empty([numClasses, inFeatures], accDtype) : null;
  const losses = reduction === 'none' && !gradOutput ? empty([batch], dtype) : null;
  const total = zeros([], plan.output);
  if (reduction === 'mean' && batch === 0) total.fill_(Number.NaN);

  for (let start = 0; start < batch; start += chunkSize) {
    const size = Math.min(chunkSize, batch - start);
    const chunkOf = (tensor: Tensor) => tensor.narrow(0, start, size);
    const [x, labels, row] = [chunkOf(input), chunkOf(safeTarget), chunkOf(rows)];
    const wideX = plan.widensInput ? x.to(accDtype) : x;
    const logits = buffer.narrow(0, 0, size);
    multiply(plan.widens || dtype === plan.logits ? x : wideX, forward.t(), logits);
    if (castBias) logits.add_(castBias);
    logits.sub_(logits.amax(1, true));
    const chosen = logits.gather(1, labels.unsqueeze(1)).squeeze(1);
    const sums = () => logits.exp_().sum(1, { dtype: accDtype });
    if (losses) {
      chunkOf(losses).copy_(sums().log_().sub_(chosen.to(accDtype)).mul_(row));
      continue;
    }
    total.add_(row.dot(chosen.to(accDtype)));
    const sum = sums();
    // The softmax, times what its row counts.
    if (wantsInput || wantsWeight || wantsBias) {
      logits.mul_(row.div(sum).to(plan.logits).unsqueeze(1));
    }
    total.sub_(row.dot(sum.log_()));
    if (gradBias) {
      const staged = plan.stagesBias ? zeros([numClasses], accDtype) : gradBias;
      staged.sub_(logits.sum(0, { dtype: accDtype })).indexAdd_(0, labels, row);
      if (plan.stagesBias) gradBias.add_(staged.to(dtype));
    }
    if (gradInput) {
      const whole = chunkOf(gradInput);
      const staged = plan.stagesInput ? empty([size, inFeatures], plan.weight) : whole;
      const picked = castWeight.indexSelect(0, labels);
      torch.mul(picked, row.to(staged.dtype).unsqueeze(1), { out: staged });
      const narrow = plan.narrowsLogits ? logits.to(dtype) : logits;
      const weight = plan.narrowsLogits ? linearWeight : castWeight;
      torch.addmm(staged, narrow, weight, { alpha: -1, out: staged });
      if (plan.stagesInput) whole.copy_(staged);
    }
    if (gradWeight && stagedWeight) {
      const isOneDtype = plan.logits === accDtype;
      const wide = plan.widens || isOneDtype ? logits : logits.to(accDtype);
      multiply(wide.t(), plan.widens && !isOneDtype ? x : wideX, stagedWeight);
      stagedWeight.indexAdd_(0, labels, wideX.mul(row.unsqueeze(1)), { alpha: -1 });
      gradWeight.sub_(stagedWeight);
    } else if (gradWeight) {
      gradWeight.addmm_(logits.to(dtype).t(), x, { alpha: -1 });
      gradWeight.indexAdd_(0, labels, wideX.mul(row.unsqueeze(1)).to(dtype));
    }
  }
  const grads = [gradInput?.to(dtype), gradWeight, gradBias].filter((grad) => grad != null);
  return { loss: losses ?? total.to(dtype), grads };
}

type Inputs = [
  input: Tensor,
  linearWeight: Tensor,
  linearBias: Tensor | null,
  weight: Tensor | null,
  target: Tensor,
  settings: ChunkSettings,
];

/** Runs a Function for one sample of a batch after the other, as PyTorch does here. */
function oneByOne(
  apply: (...inputs: Inputs) => readonly Tensor[],
  { batchSize }: VmapInfo,
  inDims: readonly (number | null)[],
  inputs: Inputs,
): [outputs: Tensor[], outDims: number[]] {
  const samples = Array.from({ length: batchSize }, (_, i) =>
    apply(
      ...(inputs.map((input, k) => {
        const dim = inDims[k];
        return dim == null ? input : (input as Tensor).select(dim, i);
      }) as Inputs),
    ),
  );
  const [first] = samples;
  const outputs = (first ?? []).map((_, k) =>
    operators.torch.stack(samples.map((sample) => sample[k] as Tensor)),
  );
  return [outputs, outputs.map(() => 0)];
}

/** Gradients at the places of the inputs that want them. */
function placed({ wanted }: ChunkSettings, grads: readonly Tensor[]): (Tensor | null)[] {
  const rest = [...grads];
  return [...wanted.map((isWanted) => (isWanted ? (rest.shift() as Tensor) : null)), null, null];
}

/** A sum or a mean: the gradients are computed with it, and wait for the backward pass. */
export class ChunkedCrossEntropy extends AutogradFunction {
  static forward(...[input, linearWeight, linearBias, weight, target, settings]: Inputs): Tensor[] {
    const operands = { input, linearWeight, linearBias, weight, target };
    const { loss, grads } = compute(operands, settings, null);
    return [loss, ...grads];
  }

  static setupContext(ctx: FunctionCtx, inputs: Inputs, [, ...grads]: Tensor[]): void {
    ctx.settings = inputs[5];
    // Detached, so that they do not hold the node that holds them.
    ctx.grads = grads.map((grad) => grad.detach());
    ctx.setMaterializeGrads(false);
  }

  static backward(ctx: FunctionCtx, gradOutput: Tensor | null): unknown[] {
    const settings = ctx.settings as ChunkSettings;
    const grads = ctx.grads as Tensor[] | null;
    if (!gradOutput) return [null, null, null, null, null, null];
    if (!grads) {
      throw new TorchError(
        'linearCrossEntropy: backward ran through these chunks before; give nn.LinearCrossEntropyOptions({ allowRetainGraph: true }) to run it again',
      );
    }
    if (settings.allowRetainGraph) {
      return [
        ...placed(
          settings,
          grads.map((grad) => grad.mul(gradOutput)),
        ),
        null,
      ];
    }
    ctx.grads = null;
    return [
      ...placed(
        settings,
        grads.map((grad) => grad.mul_(gradOutput)),
      ),
      null,
    ];
  }

  static vmap(info: VmapInfo, inDims: readonly (number | null)[], ...inputs: Inputs) {
    return oneByOne((...one) => ChunkedCrossEntropy.apply(...one), info, inDims, inputs);
  }
}

/** The loss of each row: its gradients depend on theirs, and are computed in the backward pass. */
export class ChunkedCrossEntropies extends AutogradFunction {
  static forward(...[input, linearWeight, linearBias, weight, target, settings]: Inputs): Tensor {
    const operands = { input, linearWeight, linearBias, weight, target };
    return compute(operands, { ...settings, wanted: [false, false, false] }, null).loss;
  }

  static setupContext(ctx: FunctionCtx, inputs: Inputs): void {
    const [input, linearWeight, linearBias, weight, target, settings] = inputs;
    ctx.settings = settings;
    ctx.saveForBackward(
      input.detach(),
      linearWeight.detach(),
      linearBias?.detach() ?? null,
      weight?.detach() ?? null,
      target,
    );
  }

  static backward(ctx: FunctionCtx, gradOutput: Tensor): unknown[] {
    const [input, linearWeight, linearBias, weight, target] = ctx.savedTensors;
    const [needsInput, needsWeight, needsBias] = ctx.needsInputGrad as boolean[];
    const wanted = [needsInput, needsWeight, needsBias] as [boolean, boolean, boolean];
    const settings = { ...(ctx.settings as ChunkSettings), wanted };
    if (!wanted.includes(true)) return [null, null, null, null, null, null];
    const operands = { input, linearWeight, linearBias, weight, target } as Operands;
    return [...placed(settings, compute(operands, settings, gradOutput).grads), null];
  }

  static vmap(info: VmapInfo, inDims: readonly (number | null)[], ...inputs: Inputs) {
    const apply = (...one: Inputs) => [ChunkedCrossEntropies.apply(...one)];
    const [[output], [dim]] = oneByOne(apply, info, inDims, inputs);
    return [output, dim];
  }
}
