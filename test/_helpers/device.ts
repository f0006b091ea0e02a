import torch, { type nn, type Tensor } from 'sconce';

/** The device that parity tests compute on: `SCONCE_TEST_DEVICE`, else the CPU. */
export const testDevice = process.env.SCONCE_TEST_DEVICE || 'cpu';

/** Whether that is the CPU, whose numbers the golden files hold. */
export const isOnCpu = testDevice === 'cpu';

/** How much further from the CPU's numbers those of another device may be. */
export const OTHER_DEVICE = 100;

/** A tensor of a golden file or a module, where the test computes. */
export function toTestDevice<T extends Tensor | nn.Module>(x: T): T {
  // Both have it, and their overloads differ.
  return isOnCpu ? x : ((x as Tensor).to(testDevice) as unknown as T);
}

if (!isOnCpu && testDevice.startsWith('cuda') && !torch.cuda.isAvailable()) {
  throw new Error(`SCONCE_TEST_DEVICE is ${testDevice}, and there is no GPU`);
}
