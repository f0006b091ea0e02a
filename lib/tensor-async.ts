import { wrap } from './dispatch.js';
import { idOf } from './handle.js';
import { native } from './native.js';
import type { Tensor } from './tensor.js';
import type { NestedNumbers } from './tensor-elements.js';

/** Whether the tensor's elements can be had at once, with nothing under way before them. */
const isSettled = (tensor: Tensor) => tensor.isCpu && !native.isAsyncBusy();

async function read(tensor: Tensor, copies: boolean): Promise<Tensor> {
  return wrap(await native.readAsync(idOf(tensor), copies)) as Tensor;
}

/** The methods of Tensor that give its elements to JavaScript without holding up the event loop. */
export class AsyncReads {
  /**
   * As `cpu()`, by a Promise: the copy runs on the GPU's stream behind what was called before, and
   * the event loop is free meanwhile. Autograd follows it as it does `cpu()`.
   *
   * @example
   * ```ts
   * const onCpu = await torch.ones(2).cpuAsync();
   * onCpu; // tensor([1., 1.])
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.cpu.html
   */
  async cpuAsync(this: Tensor): Promise<Tensor> {
    return isSettled(this) ? this : read(this, false);
  }

  /**
   * As `item()`, by a Promise: the value that the tensor has once everything that was called before
   * is done, whatever is done to it afterwards. Reads settle in the order in which they were asked
   * for.
   *
   * @throws TorchError where there is not exactly one element; the Promise is rejected.
   * @example
   * ```ts
   * const loss = torch.tensor([1, 2]).sum();
   * await loss.itemAsync(); // 3
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.item.html
   */
  async itemAsync(this: Tensor): Promise<number> {
    if (isSettled(this) || this.numel() !== 1) return this.item();
    return (await read(this.detach(), true)).item();
  }

  /**
   * As `tolist()`, by a Promise; see `itemAsync` for what it waits for.
   *
   * @example
   * ```ts
   * await torch.eye(2).tolistAsync(); // [[1, 0], [0, 1]]
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.tolist.html
   */
  async tolistAsync(this: Tensor): Promise<NestedNumbers> {
    if (isSettled(this)) return this.tolist();
    return (await read(this.detach(), true)).tolist();
  }
}
