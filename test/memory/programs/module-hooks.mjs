/** Training steps of modules within modules, all with backward hooks. Argument: how many. */
import torch, { nn } from 'sconce';
import { native } from '../../../dist/lib/native.js';
import { report, sample } from './meter.mjs';

torch.setNumThreads(1);
const model = new nn.Sequential(new nn.Linear(256, 256), new nn.ReLU(), new nn.Linear(256, 256));
for (const module of model.modules()) {
  module.registerFullBackwardHook(() => {});
  module.registerFullBackwardPreHook(() => {});
}
const x = torch.randn(256, 256);
for (let i = 0; i < Number(process.argv[2]); i++) {
  model(x.clone().requiresGrad_()).sum().backward();
  model.zeroGrad();
  if (i % 10 === 0) sample();
}
native.collect(false);
report();
