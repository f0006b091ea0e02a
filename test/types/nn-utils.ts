import torch, { copy, func, nn, type Tensor } from 'sconce';

// Compiled, never run: what the types of recurrent layers, hooks and utilities accept and give.
const x = torch.randn(5, 3, 10);

const lstm = new nn.LSTM(10, 20, { numLayers: 2, bidirectional: true });
export const [output, [hn, cn]]: [Tensor, [Tensor, Tensor]] = lstm(x);
export const again: Tensor = lstm(x, [hn, cn])[0];
export const weight: nn.Parameter | undefined = lstm.weight_ih_l0_reverse;
const packed = nn.utils.rnn.packSequence([torch.ones(2, 10), torch.ones(1, 10)]);
export const packedOutput: nn.utils.rnn.PackedSequence = lstm(packed)[0];
export const padded: [Tensor, Tensor] = nn.utils.rnn.padPackedSequence(packedOutput, true);
export const last: Tensor = new nn.GRU(10, 20, 1, true, true)(x)[1];
// @ts-expect-error an LSTM takes two states
lstm(x, hn);
// @ts-expect-error a GRU has no projection
new nn.GRU(10, 20, { projSize: 2 });
// @ts-expect-error no such function
new nn.RNN(10, 20, { nonlinearity: 'sin' });

export const twin: nn.LSTM = copy.deepcopy(lstm);
export const called: Tensor = func.functionalCall(new nn.Linear(1, 1), {}, x);
export const [params]: [Record<string, Tensor>, Record<string, Tensor>] = func.stackModuleState([
  lstm,
  twin,
]);

const linear = new nn.Linear(10, 2);
export const same: nn.Linear = nn.utils.parametrizations.weightNorm(linear);
export const pruned: nn.Linear = nn.utils.prune.l1Unstructured(linear, 'weight', { amount: 0.5 });
export const fused: nn.Conv2d = nn.utils.fuseConvBnEval(
  new nn.Conv2d(1, 2, 3),
  new nn.BatchNorm2d(2),
);
export const norm: Tensor = nn.utils.clipGradNorm_(linear.parameters(), { maxNorm: 1 });
export const skipped: nn.Linear = nn.utils.skipInit(nn.Linear, 10, 2, { bias: false });
// @ts-expect-error a bound is missing
nn.utils.clipGradNorm_(linear.parameters());
// @ts-expect-error no such method of a linear layer
nn.utils.parametrizations.orthogonal(linear, { orthogonalMap: 'qr' });

linear.registerForwardHook((module, [input], result) => {
  const own: nn.Linear = module;
  return [own, input, result];
});
linear.registerForwardPreHook((_, args, kwargs) => [args, { ...kwargs, scale: 2 }], {
  withKwargs: true,
});
linear.registerFullBackwardHook((_, [gradInput], [gradOutput]) => [
  gradInput?.mul(gradOutput ?? 1) ?? null,
]);
// @ts-expect-error a hook with named arguments returns both
linear.registerForwardPreHook((_, args) => args[0] as Tensor, { withKwargs: true });
