import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import * as constraints from './constraints.js';
import { Transform, type TransformOptions } from './transform.js';
import { sumRightmost } from './utils.js';

type Constraint = constraints.Constraint;

function checkSequence(where: string, tseq: readonly Transform[]): void {
  if (!Array.isArray(tseq) || !tseq.every((transform) => transform instanceof Transform)) {
    throw new ValueError(`${where}: expected an array of Transforms`);
  }
}

function checkDim(tensor: Tensor, dim: number, size: number): void {
  if (dim < -tensor.dim() || dim >= tensor.dim()) {
    throw new ValueError(`dimension ${dim} is out of range for a tensor of ${tensor.dim()}`);
  }
  if (tensor.size(dim) !== size) {
    throw new ValueError(`expected size ${size} in dimension ${dim}, got ${tensor.size(dim)}`);
  }
}

/**
 * Transforms for parts along a dimension, compatible with `torch.cat`.
 *
 * @param tseq A transform for each part.
 * @param dim The dimension. Default: 0.
 * @param lengths The length of each part. Default: 1.
 *
 * @example
 * ```ts
 * const { CatTransform, ExpTransform, identityTransform } = torch.distributions;
 * const transform = new CatTransform([new ExpTransform(), identityTransform], 0, [1, 2]);
 * transform(torch.tensor([0, 1, 2])); // tensor([1., 1., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.CatTransform
 */
export class CatTransform extends Transform {
  declare readonly transforms: readonly Transform[];
  declare readonly dim: number;
  declare readonly lengths: readonly number[];

  constructor(
    tseq: readonly Transform[],
    dim = 0,
    lengths: readonly number[] | null = null,
    options?: TransformOptions,
  ) {
    super(options);
    checkSequence('CatTransform', tseq);
    const cacheSize = this._cacheSize;
    this.transforms = cacheSize ? tseq.map((part) => part.withCache(cacheSize)) : [...tseq];
    this.dim = dim;
    this.lengths = lengths ?? tseq.map(() => 1);
    if (this.lengths.length !== tseq.length) {
      throw new ValueError(
        `CatTransform: ${tseq.length} transforms need as many lengths, got ${this.lengths.length}`,
      );
    }
  }

  override get eventDim(): number {
    return Math.max(...this.transforms.map((transform) => transform.eventDim));
  }

  /** The length of all parts together. */
  override get length(): number {
    return this.lengths.reduce((sum, length) => sum + length, 0);
  }

  override get bijective(): boolean {
    return this.transforms.every((transform) => transform.bijective);
  }

  override get domain(): Constraint {
    return constraints.cat(
      this.transforms.map((transform) => transform.domain),
      this.dim,
      this.lengths,
    );
  }

  override get codomain(): Constraint {
    return constraints.cat(
      this.transforms.map((transform) => transform.codomain),
      this.dim,
      this.lengths,
    );
  }

  override _copy(options: TransformOptions): Transform {
    return new CatTransform(this.transforms, this.dim, this.lengths, options);
  }
  #slices(tensor: Tensor): Tensor[] {
    checkDim(tensor, this.dim, this.length);
    return operators.torch.splitWithSizes(tensor, this.lengths, this.dim);
  }

  override _call(x: Tensor): Tensor {
    const slices = this.#slices(x);
    const outputs = this.transforms.map((transform, i) => transform(slices[i] as Tensor));
    return operators.torch.cat(outputs, this.dim);
  }

  override _inverse(y: Tensor): Tensor {
    const slices = this.#slices(y);
    const inputs = this.transforms.map((transform, i) => transform.inv(slices[i] as Tensor));
    return operators.torch.cat(inputs, this.dim);
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    const [inputs, outputs] = [this.#slices(x), this.#slices(y)];
    const terms = this.transforms.map((transform, i) => {
      const term = transform.logAbsDetJacobian(inputs[i] as Tensor, outputs[i] as Tensor);
      return sumRightmost(term, this.eventDim - transform.eventDim);
    });
    const dim = (this.dim >= 0 ? this.dim - x.dim() : this.dim) + this.eventDim;
    return dim < 0 ? operators.torch.cat(terms, dim) : terms.reduce((sum, term) => sum.add(term));
  }
}

/**
 * Transforms for the slices along a dimension, compatible with `torch.stack`.
 *
 * @param tseq A transform for each slice.
 * @param dim The dimension. Default: 0.
 *
 * @example
 * ```ts
 * const { ExpTransform, StackTransform, identityTransform } = torch.distributions;
 * const transform = new StackTransform([new ExpTransform(), identityTransform]);
 * transform(torch.tensor([0, 2])); // tensor([1., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.StackTransform
 */
export class StackTransform extends Transform {
  declare readonly transforms: readonly Transform[];
  declare readonly dim: number;

  constructor(tseq: readonly Transform[], dim = 0, options?: TransformOptions) {
    super(options);
    checkSequence('StackTransform', tseq);
    const cacheSize = this._cacheSize;
    this.transforms = cacheSize ? tseq.map((part) => part.withCache(cacheSize)) : [...tseq];
    this.dim = dim;
  }

  override get bijective(): boolean {
    return this.transforms.every((transform) => transform.bijective);
  }

  override get domain(): Constraint {
    return constraints.stack(
      this.transforms.map((transform) => transform.domain),
      this.dim,
    );
  }

  override get codomain(): Constraint {
    return constraints.stack(
      this.transforms.map((transform) => transform.codomain),
      this.dim,
    );
  }

  override _copy(options: TransformOptions): Transform {
    return new StackTransform(this.transforms, this.dim, options);
  }
  #slices(tensor: Tensor): Tensor[] {
    checkDim(tensor, this.dim, this.transforms.length);
    return operators.torch.unbind(tensor, this.dim);
  }

  override _call(x: Tensor): Tensor {
    const slices = this.#slices(x);
    const outputs = this.transforms.map((transform, i) => transform(slices[i] as Tensor));
    return operators.torch.stack(outputs, this.dim);
  }

  override _inverse(y: Tensor): Tensor {
    const slices = this.#slices(y);
    const inputs = this.transforms.map((transform, i) => transform.inv(slices[i] as Tensor));
    return operators.torch.stack(inputs, this.dim);
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    const [inputs, outputs] = [this.#slices(x), this.#slices(y)];
    const terms = this.transforms.map((transform, i) =>
      transform.logAbsDetJacobian(inputs[i] as Tensor, outputs[i] as Tensor),
    );
    return operators.torch.stack(terms, this.dim);
  }
}
