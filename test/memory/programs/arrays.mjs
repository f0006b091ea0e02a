/** A synchronous loop over memory of 1 MB that tensors and TypedArrays share. Argument: how often. */
import torch from 'sconce';
import { report, sample } from './meter.mjs';

const count = Number(process.argv[2]);
let sum = 0;
for (let i = 0; i < count; i++) {
  const array = torch.ones(262144).asTypedArray();
  const x = torch.fromTypedArray(new Float32Array(262144).fill(2));
  sum += array[i] + x[i].item();
  if (i % 10 === 0) sample();
}
report({ sum });
