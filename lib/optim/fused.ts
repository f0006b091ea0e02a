import { TorchError } from '../errors.js';
import type { Tensor } from '../tensor.js';

const devices = ['mps', 'cuda', 'xpu', 'cpu'];

/** Throws where the fused kernels cannot take a parameter. */
export function checkFusable(params: readonly Tensor[]): void {
  for (const { dtype, device } of params) {
    if (!dtype.isFloatingPoint || !devices.includes(device.type)) {
      throw new TorchError(
        `\`fused: true\` requires floating-point parameters on ${devices.join(', ')}, not ${dtype} on ${device.type}`,
      );
    }
  }
}

/** The indices of the parameters, by dtype, device and one more distinction. */
export function groupByKind(
  params: readonly Tensor[],
  distinction: (index: number) => boolean = () => false,
): number[][] {
  const groups = new Map<string, number[]>();
  params.forEach(({ dtype, device }, i) => {
    const kind = `${dtype} ${device} ${distinction(i)}`;
    const group = groups.get(kind);
    if (group) group.push(i);
    else groups.set(kind, [i]);
  });
  return [...groups.values()];
}
