import torch, { type Tensor } from 'sconce';

/** The parameters of a model as they were after a step. Threads share the memory; none changes it. */
export interface Weights {
  job: number;
  step: number;
  tensors: { name: string; shape: readonly number[]; values: Float32Array<SharedArrayBuffer> }[];
}

/** Copies a state dict to memory that `postMessage` hands to other threads without copying. */
export function pack(job: number, step: number, state: Record<string, Tensor>): Weights {
  const tensors = Object.entries(state).map(([name, tensor]) => {
    const values = new Float32Array(new SharedArrayBuffer(4 * tensor.numel()));
    values.set(tensor.asTypedArray() as Float32Array);
    return { name, shape: tensor.shape, values };
  });
  return { job, step, tensors };
}

/** The state dict of packed weights, for `loadStateDict`, which copies it. */
export function unpack({ tensors }: Weights): Record<string, Tensor> {
  return Object.fromEntries(
    tensors.map(({ name, shape, values }) => [name, torch.tensor(values).view(...shape)]),
  );
}
