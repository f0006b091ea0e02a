import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { Module } from './module.js';
import { checkCounts } from './utils.js';

const channelShuffle = new Signature<{ groups: number }>('nn.ChannelShuffle', {
  groups: required,
});

/**
 * Mixes the channels of groups: channel `i` of every group comes before channel `i + 1` of any.
 *
 * @param groups Into how many groups the channels are cut.
 *
 * Shape: `(N, C, *)`, and the same.
 *
 * @example
 * ```ts
 * const shuffle = new nn.ChannelShuffle(2);
 * shuffle(torch.tensor([[[1], [2], [3], [4]]])).flatten(); // tensor([1., 3., 2., 4.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
 */
export class ChannelShuffle extends Module {
  groups: number;

  constructor(...args: Call<[groups: number], [], { groups?: number }>) {
    super();
    const { groups } = channelShuffle.bind(args);
    checkCounts(channelShuffle.where, { groups });
    this.groups = groups;
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.channelShuffle(input, this.groups);
  }

  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}
