import type { Node } from './node.js';

/**
 * Where a tensor's gradient is computed in the graph: it may stand for the tensor in
 * `autograd.grad` and `autograd.backward`, without keeping its values. Made by `getGradientEdge`.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const edge = torch.autograd.graph.getGradientEdge(a);
 * const [slope] = torch.autograd.grad(a.mul(3).sum(), edge);
 * console.log(slope); // tensor([3., 3.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.graph.GradientEdge.html
 */
export class GradientEdge {
  /** @internal */
  constructor(
    /** The node that computes it. */
    readonly node: Node,
    /** Which of the node's gradients it is. */
    readonly outputNr: number,
    /** What keeps the graph alive where `node`, a custom Function's, does not. */
    readonly ownershipToken: Node | null = null,
  ) {}
}
