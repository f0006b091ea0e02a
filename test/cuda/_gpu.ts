import { execFileSync } from 'node:child_process';
import test from 'ava';
import torch, { type Tensor } from 'sconce';

/**
 * A test for a machine with a GPU; elsewhere it is skipped, since libtorch finds none there. The
 * tests of a file share the GPU's memory and streams, and so run one after the other.
 */
export const gpu = torch.cuda.isAvailable() ? test.serial : test.serial.skip;

/** Runs Python's torch on this machine, and reads the JSON that the program prints. */
export function python<T>(program: string): T {
  const python = process.env.SCONCE_PYTHON ?? 'python3';
  const prelude = 'import json, torch\ntorch.set_num_threads(1)\n';
  return JSON.parse(execFileSync(python, ['-c', prelude + program], { encoding: 'utf8' }));
}

/** The greatest difference between a tensor and numbers. */
export function distance(tensor: Tensor, numbers: unknown): number {
  const other = torch.tensor(numbers as number[], { dtype: torch.float64 });
  return tensor.cpu().double().sub(other).abs().max().item();
}

/** Work that keeps the GPU busy for some milliseconds. */
export function busy(times = 20, size = 4096): Tensor {
  const a = torch.full([size, size], 1 / size, { device: 'cuda' });
  let product = a;
  for (let i = 0; i < times; i++) product = product.mm(a);
  return product;
}
