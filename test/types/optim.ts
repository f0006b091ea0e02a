// Checked by the compiler alone: what the types of torch.optim take, give and refuse.
import torch, { nn, optim, type Tensor } from 'sconce';

const model = new nn.Linear(3, 2);
const { lrScheduler, swaUtils } = optim;

// Positional arguments in PyTorch's order, then options by name.
new optim.Adadelta(model.parameters(), 1, 0.9, { eps: 1e-6 });
new optim.Adafactor(model.parameters(), { eps: [null, 1e-3], d: 2 });
new optim.LBFGS(model.parameters(), { lineSearchFn: 'strong_wolfe', maxEval: null });
new optim.Muon([model.weight], { adjustLrFn: 'match_rms_adamw', nsCoefficients: [3, -4, 2] });
new optim.Rprop(model.parameters(), { etas: [0.5, 1.2], stepSizes: [1e-6, 50] });
new optim.Adam(model.parameters(), { betas: [torch.tensor(0.9), torch.tensor(0.99)] });
// @ts-expect-error: its name is weightDecay
new optim.NAdam(model.parameters(), { weight_decay: 0.1 });
// @ts-expect-error: Muon has no foreach
new optim.Muon([model.weight], { foreach: true });
// @ts-expect-error: betas are two
new optim.RAdam(model.parameters(), { betas: [0.9] });

// Any optimizer is an Optimizer, for schedulers and for functions of one's own.
const every: optim.Optimizer[] = [
  new optim.Adadelta(model.parameters()),
  new optim.Adafactor(model.parameters()),
  new optim.Adagrad(model.parameters()),
  new optim.Adam(model.parameters()),
  new optim.Adamax(model.parameters()),
  new optim.AdamW(model.parameters()),
  new optim.ASGD(model.parameters()),
  new optim.LBFGS(model.parameters()),
  new optim.Muon([model.weight]),
  new optim.NAdam(model.parameters()),
  new optim.RAdam(model.parameters()),
  new optim.RMSprop(model.parameters()),
  new optim.Rprop(model.parameters()),
  new optim.SGD(model.parameters()),
  new optim.SparseAdam([model.weight]),
];
for (const optimizer of every) new lrScheduler.StepLR(optimizer, 3);

// What a closure returns is what step returns.
const adam = new optim.Adam(model.parameters());
export const loss: Tensor = adam.step(() => model(torch.ones(3)).sum());
export const nothing: undefined = adam.step();
export const average: Tensor | undefined = adam.state.get(model.weight)?.exp_avg;
for (const group of adam.paramGroups) group.lr = 0.1;

const plateau = new lrScheduler.ReduceLROnPlateau(adam, { mode: 'max' });
plateau.step(loss);
new lrScheduler.CosineAnnealingLR(adam, { TMax: 10 });
new lrScheduler.OneCycleLR(adam, 0.1, { epochs: 3, stepsPerEpoch: 5 });
// @ts-expect-error: there is no such mode
new lrScheduler.CyclicLR(adam, 0.1, 1, { mode: 'square' });
// @ts-expect-error: a scheduler is of an optimizer
new lrScheduler.ExponentialLR(model, 0.9);

// An averaged model is called as the model is.
const averaged = new swaUtils.AveragedModel(model, { multiAvgFn: swaUtils.getEmaMultiAvgFn(0.9) });
export const output: Tensor = averaged(torch.ones(3));
export const weight: nn.Parameter = averaged.module.weight;
// @ts-expect-error: the model takes a tensor
averaged('text');
