import { TorchError } from '../errors.js';
import { idOf } from '../handle.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import type { Optimizer } from './optimizer.js';

const devices = ['mps', 'cuda', 'xpu', 'cpu'];

/** Parameters that one call of a fused kernel can take: of one dtype, on one device. */
export interface Kind {
  /** Their places in the list. */
  indices: readonly number[];
  /** Their entries of a list that goes along with the parameters, or none of an empty one. */
  pick(list: readonly Tensor[]): readonly Tensor[];
}

/** What a GradScaler tells a kernel, on the device of the kernel's parameters. */
export function scalingOf(optimizer: Optimizer, params: readonly Tensor[]) {
  const { device } = params[0] as Tensor;
  return {
    gradScale: optimizer.gradScale?.to(device, { nonBlocking: true }),
    foundInf: optimizer.foundInf?.to(device, { nonBlocking: true }),
  };
}

/** Takes the step that was counted back where the kernel has left it out. */
export function uncount(counts: readonly Tensor[], foundInf: Tensor | undefined): void {
  if (!foundInf) return;
  operators.torch._foreachSub_(
    counts,
    counts.map(() => foundInf),
  );
}

/** Throws where a GradScaler counts on a fused kernel, and the group has none. */
export function refuseScaling({ gradScale, foundInf }: Optimizer): void {
  if (gradScale || foundInf) {
    throw new TorchError(
      'a GradScaler leaves its scaling to the fused kernels of this optimizer, but a parameter group has `fused: false`',
    );
  }
}

/**
 * The parameters in the groups that fused kernels take, told apart by one more distinction too.
 *
 * @throws TorchError for a parameter that no fused kernel takes.
 */
export function fusable(
  params: readonly Tensor[],
  distinction: (index: number) => boolean = () => false,
): Kind[] {
  const groups = new Map<number, number[]>();
  params.forEach((param, i) => {
    const id = idOf(param);
    const kind = (native.device(id) * 256 + native.dtype(id)) * 2 + Number(distinction(i));
    const group = groups.get(kind);
    if (group) {
      group.push(i);
      return;
    }
    const { dtype, device } = param;
    if (!dtype.isFloatingPoint || !devices.includes(device.type)) {
      throw new TorchError(
        `\`fused: true\` requires floating-point parameters on ${devices.join(', ')}, not ${dtype} on ${device.type}`,
      );
    }
    groups.set(kind, [i]);
  });
  return [...groups.values()].map((indices) => ({
    indices,
    pick: (list) =>
      indices.length === params.length ? list : indices.flatMap((i) => list[i] ?? []),
  }));
}
