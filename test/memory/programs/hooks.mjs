/** Tensors of 1 MB whose hooks reach them again. Argument: how many. */
import torch from 'sconce';
import { native } from '../../../dist/lib/native.js';
import { report, sample } from './meter.mjs';

function leaf() {
  const x = torch.ones(262144).requiresGrad_();
  x.registerHook((gradient) => gradient.mul(x));
}

function intermediate(weight) {
  const x = weight.mul(2);
  x.registerHook((gradient) => gradient.mul(x));
}

const count = Number(process.argv[2]);
const weight = torch.ones(262144, { requiresGrad: true });
for (let i = 0; i < count / 2; i++) {
  leaf();
  intermediate(weight);
  if (i % 10 === 0) sample();
}
native.collect(false);
report();
