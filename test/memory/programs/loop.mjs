/** A synchronous loop that drops each result. Arguments: how many, of how many floats. */
import torch from 'sconce';
import { native } from '../../../dist/lib/native.js';
import { report, sample } from './meter.mjs';

const [count, size] = process.argv.slice(2).map(Number);
const a = torch.ones(size);
let mostTensors = 0;
for (let i = 0; i < count; i++) {
  a.add(1);
  if (i % 100 === 0) sample();
  mostTensors = Math.max(mostTensors, native.liveTensors());
}
report({ mostTensors });
