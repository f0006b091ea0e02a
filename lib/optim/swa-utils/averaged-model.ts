import { deepcopy } from '../../copy.js';
import { int64 } from '../../dtype.js';
import { TorchError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { BatchNorm } from '../../nn/modules/batchnorm.js';
import { Module } from '../../nn/modules/module.js';
import { Buffer } from '../../nn/parameter.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import type { DeviceLike } from '../../types.js';
import { type AvgFn, getSwaAvgFn, getSwaMultiAvgFn, type MultiAvgFn } from './averages.js';

/** What {@link AveragedModel} takes after the model. */
export interface AveragedModelOptions {
  /** Where the averages lie. Default: null, beside the model's parameters. */
  device?: DeviceLike | null;
  /** Computes the average of one parameter. Default: null, the equal average. */
  avgFn?: AvgFn | null;
  /** Computes the averages of many parameters. Default: null, the equal average. */
  multiAvgFn?: MultiAvgFn | null;
  /** Whether buffers are averaged too, rather than copied. Default: false. */
  useBuffers?: boolean;
}

const averagedModel = new Signature<Required<AveragedModelOptions> & { model: Module }>(
  'AveragedModel',
  { model: required, device: null, avgFn: null, multiAvgFn: null, useBuffers: false },
);

/**
 * A copy of a model whose parameters are averages of the model's: over all that it was given (SWA),
 * or with older ones fading (EMA). It is called as the model is.
 *
 * @typeParam M The model's class.
 *
 * @param model The model, which is copied.
 * @param device Where the averages lie. Default: beside the model's parameters.
 * @param avgFn Computes the average of one parameter. Default: the equal average.
 * @param multiAvgFn Computes the averages of many parameters.
 * @param useBuffers Whether buffers are averaged too, rather than copied. Default: false.
 *
 * @throws TorchError where both functions are given.
 *
 * @example
 * ```ts
 * const averaged = new optim.swaUtils.AveragedModel(model);
 * for (let step = 0; step < 3; step++) {
 *   optimizer.step();
 *   averaged.updateParameters(model);
 * }
 * averaged(input).shape; // [4, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html
 */
export class AveragedModel<M extends Module = Module> extends Module {
  /** The copy, with the averages. */
  readonly module: M;
  /** How many models are in the average. */
  n_averaged: Buffer;
  /** Computes the average of one parameter, where that is not the equal one. */
  readonly avgFn: AvgFn | null;
  /** Computes the averages of many parameters. */
  readonly multiAvgFn: MultiAvgFn | null;
  /** Whether buffers are averaged too. */
  readonly useBuffers: boolean;

  constructor(
    ...args: Call<
      [model: M],
      [
        device: DeviceLike | null,
        avgFn: AvgFn | null,
        multiAvgFn: MultiAvgFn | null,
        useBuffers: boolean,
      ],
      AveragedModelOptions
    >
  ) {
    const { model, device, avgFn, multiAvgFn, useBuffers } = averagedModel.bind(args);
    super();
    if (avgFn && multiAvgFn) {
      throw new TorchError('Only one of avgFn and multiAvgFn should be provided');
    }
    this.module = deepcopy(model) as M;
    if (device !== null) this.module.to(device);
    const where = device === null ? {} : { device };
    this.n_averaged = new Buffer(operators.torch.zeros([], { dtype: int64, ...where }));
    this.avgFn = avgFn;
    this.multiAvgFn = multiAvgFn;
    this.useBuffers = useBuffers;
  }

  /** What the copy computes. */
  override forward(...args: Parameters<M['forward']>): ReturnType<M['forward']> {
    return this.module(...args) as ReturnType<M['forward']>;
  }

  /**
   * Takes the parameters of a model into the average; the first ones are copied. The buffers are
   * copied, but with `useBuffers`.
   *
   * @param model One of the class and shapes of the model that was given at first.
   */
  updateParameters(model: Module): void {
    noGrad(() => {
      const pairs = pairsOf(this, model);
      if (Number(this.n_averaged.item()) === 0) {
        for (const { own, given } of pairs) own.copy_(given);
      } else if (this.avgFn) {
        const { avgFn } = this;
        for (const { own, given } of pairs) {
          own.copy_(avgFn(own, given, this.n_averaged.to(own.device)));
        }
      } else {
        for (const group of byKind(pairs)) average(group, this.n_averaged, this.multiAvgFn);
      }
      if (!this.useBuffers) {
        const given = [...model.buffers()];
        [...this.module.buffers()].forEach((own, i) => {
          own.detach().copy_((given[i] as Tensor).detach());
        });
      }
      this.n_averaged.add_(1);
    });
  }
}

interface Pair {
  own: Tensor;
  given: Tensor;
}

/** The tensors to average, each with that of another model. */
function pairsOf({ module, useBuffers }: AveragedModel, model: Module): Pair[] {
  const tensors = (of: Module) =>
    useBuffers ? [...of.parameters(), ...of.buffers()] : [...of.parameters()];
  const given = tensors(model);
  return tensors(module).flatMap((own, i) => {
    const other = given[i];
    return other ? [{ own: own.detach(), given: other.detach().to(own.device) }] : [];
  });
}

/** Takes tensors of one dtype and device into their averages. */
function average(pairs: readonly Pair[], averaged: Tensor, multiAvgFn: MultiAvgFn | null): void {
  const owns = pairs.map(({ own }) => own);
  const givens = pairs.map(({ given }) => given);
  const { device } = owns[0] as Tensor;
  const count = averaged.to(device);
  if (multiAvgFn) {
    multiAvgFn(owns, givens, count);
  } else if (device.type !== 'cpu') {
    getSwaMultiAvgFn()(owns, givens, count);
  } else {
    const avgFn = getSwaAvgFn();
    for (const { own, given } of pairs) own.copy_(avgFn(own, given, count));
  }
}

/** The pairs by the dtype and the device of the averages. */
function byKind(pairs: readonly Pair[]): Pair[][] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const kind = `${pair.own.dtype} ${pair.own.device}`;
    const group = groups.get(kind);
    if (group) group.push(pair);
    else groups.set(kind, [pair]);
  }
  return [...groups.values()];
}

/**
 * Computes the running statistics of a model's batch normalizations anew, as the mean over a
 * loader: those of an averaged model belong to other parameters.
 *
 * @param loader The batches: inputs, or arrays that begin with them.
 * @param model The model; it keeps its mode.
 * @param device Where inputs are moved. Default: none.
 *
 * @example
 * ```ts
 * const net = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4));
 * const averaged = new optim.swaUtils.AveragedModel(net);
 * optim.swaUtils.updateBn([torch.randn(8, 3), torch.randn(8, 3)], averaged);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.update_bn.html
 */
export function updateBn(
  loader: Iterable<Tensor | readonly unknown[]>,
  model: Module,
  device: DeviceLike | null = null,
): void {
  const layers = [...model.modules()].filter((module) => module instanceof BatchNorm);
  if (layers.length === 0) return;
  const momenta = layers.map(({ momentum }) => momentum);
  const wasTraining = model.training;
  for (const layer of layers) layer.resetRunningStats();
  model.train();
  try {
    for (const layer of layers) layer.momentum = null;
    noGrad(() => {
      for (const batch of loader) {
        const input = batch instanceof Tensor ? batch : (batch[0] as Tensor);
        (model as (input: Tensor) => unknown)(device === null ? input : input.to(device));
      }
    });
  } finally {
    layers.forEach((layer, i) => {
      layer.momentum = momenta[i] as number | null;
    });
    model.train(wasTraining);
  }
}
