/** What the types of `torch` itself must accept and refuse; `tsc` is the test. */
import torch, { nn, optim, type Tensor } from 'sconce';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where the value is of exactly that type. */
function is<Wanted>() {
  return <Found>(_value: Found, ..._proof: Equal<Found, Wanted> extends true ? [] : [never]) => {};
}

const isTensor = is<Tensor>();
const x = torch.zeros(2, 3);

// Data of every kind.
isTensor(torch.tensor(1));
torch.tensor([1, 2.5]);
torch.tensor([1n, 2n]);
torch.tensor([true, false]);
torch.tensor([
  [1, 2],
  [3, 4],
]);
torch.tensor(new Float64Array(3));
torch.tensor([new Int32Array(2), new Int32Array(2)]);
torch.tensor([torch.tensor(1), 2]);
torch.tensor([new torch.Complex(1, 2)]);
torch.tensor([[1, 2]] as const);
torch.tensor([], { dtype: torch.int64, device: 'cpu', requiresGrad: false });
torch.asTensor(new Uint8Array(2));
torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.float32 });
// @ts-expect-error: a string is no number
torch.tensor('1');
// @ts-expect-error: nor inside an array
torch.tensor([1, '2']);
// @ts-expect-error: null is no number
torch.tensor([null]);
// @ts-expect-error: a dtype is no string
torch.tensor([1], { dtype: 'float32' });
// @ts-expect-error: Python's spelling
torch.tensor([1], { requires_grad: true });
// @ts-expect-error: the dtype is required
torch.fromArrayBuffer(new ArrayBuffer(4));
// @ts-expect-error: an ArrayBuffer
torch.fromArrayBuffer([1, 2], { dtype: torch.float32 });

// Factories.
isTensor(torch.zeros(2, 3, { dtype: torch.float64 }));
isTensor(torch.zeros([2, 3], { device: 'cuda', requiresGrad: true }));
isTensor(torch.randn({ size: [2], generator: new torch.Generator() }));
isTensor(torch.arange(0, 1, 0.1));
isTensor(torch.arange(10, { dtype: torch.int64 }));
isTensor(torch.full([2], 5));
isTensor(torch.randint(0, 10, [3]));
isTensor(torch.zerosLike(x, { dtype: torch.float16 }));
isTensor(torch.empty(1, { memoryFormat: torch.channelsLast }));
isTensor(torch.eye(3));
// @ts-expect-error: sizes are numbers
torch.zeros('2');
// @ts-expect-error: options are closed
torch.zeros(2, { type: torch.float32 });
// @ts-expect-error: a dtype is no string
torch.ones(2, { dtype: 'int64' });
// @ts-expect-error: a generator, not a seed
torch.randn(2, { generator: 3 });
// @ts-expect-error: the size is missing
torch.full(5);
// @ts-expect-error: a dtype that PyTorch does not have
torch.float128;
// @ts-expect-error: a size is wanted, not a tensor
torch.zeros(x);

// Functions of tensors.
isTensor(torch.cat([x, x], 1));
isTensor(torch.stack([x, x], { dim: 1 }));
isTensor(torch.where(x.gt(0), x, 0));
is<Tensor[]>()(torch.where(x));
isTensor(torch.matmul(x, x.T));
isTensor(torch.linalg.inv(x));
isTensor(torch.fft.fft(x));
isTensor(torch.special.expit(x));
isTensor(torch.add(x, x, { alpha: 2, out: x }));
isTensor(torch.add({ input: x, other: 1 }));
// @ts-expect-error: an array of tensors
torch.cat(x, x);
// @ts-expect-error: a tensor
torch.cat([x, 1]);
// @ts-expect-error: two tensors
torch.matmul(x);
// @ts-expect-error: no such function
torch.linalg.inverse(x);
// @ts-expect-error: Python's name
torch.index_select(x, 0, x);
// @ts-expect-error: an unknown option
torch.cat([x], { axis: 1 });

// Autograd's gradients are as many as the inputs.
const [slope] = torch.autograd.grad(x.sum(), x);
isTensor(slope);
const [byX, byY] = torch.autograd.grad([x, x], [x, x], [x, null], { createGraph: true });
isTensor(byX);
isTensor(byY);
is<[Tensor]>()(torch.autograd.grad(x, [x]));
const many: Tensor[] = [x];
is<Tensor[]>()(torch.autograd.grad(x, many));
const parameters = [...new nn.Linear(1, 1).parameters()];
is<Tensor[]>()(torch.autograd.grad(x, parameters));
torch.autograd.backward([x, x], [null, x], { retainGraph: true });
// @ts-expect-error: one input, one gradient
torch.autograd.grad(x, x)[1];
// @ts-expect-error: inputs are wanted
torch.autograd.grad(x);
// @ts-expect-error: inputs are tensors
torch.autograd.grad(x, [1]);
// @ts-expect-error: Python's spelling
torch.autograd.grad(x, x, { create_graph: true });

// Grad modes.
is<number>()(torch.noGrad(() => 3));
isTensor(torch.setGradEnabled(false, () => x));
is<boolean>()(torch.isGradEnabled());
// @ts-expect-error: a boolean
torch.setGradEnabled('off');
// @ts-expect-error: a function
torch.noGrad(x);

// nn.functional.
const { conv2d, crossEntropy, dropout, maxPool2d, softmax } = nn.functional;
isTensor(conv2d(x, x, x, { stride: 2, padding: 'same' }));
isTensor(conv2d(x, x, { padding: [1, 2] }));
isTensor(maxPool2d(x, 2));
isTensor(maxPool2d(x, 2, { returnIndices: true })[1]);
isTensor(softmax(x, 1));
isTensor(softmax(x, { dim: -1 }));
isTensor(crossEntropy(x, x, { labelSmoothing: 0.1, reduction: 'sum' }));
isTensor(dropout(x, 0.5, false));
// @ts-expect-error: no such reduction
crossEntropy(x, x, { reduction: 'average' });
// @ts-expect-error: Python's spelling
crossEntropy(x, x, { label_smoothing: 0.1 });
// @ts-expect-error: the target is missing
crossEntropy(x);
// @ts-expect-error: a probability
dropout(x, 'half');

// Optimizers.
const model = new nn.Linear(1, 1);
const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, nesterov: true });
new optim.SGD(model.parameters(), 0.1, 0.9);
new optim.SGD([x], 0.1, { weightDecay: 1e-4 });
new optim.SGD(model.namedParameters(), { lr: 0.1 });
new optim.Adam([{ params: model.parameters(), lr: 1e-4 }, { params: [x] }], {
  betas: [0.9, 0.99],
});
new optim.AdamW([model.weight, model.bias as nn.Parameter], { lr: torch.tensor(1e-3) });
sgd.zeroGrad();
sgd.zeroGrad({ setToNone: false });
sgd.step();
isTensor(sgd.step(() => x));
const group = sgd.paramGroups[0];
if (group) group.lr = Number(group.lr) / 2;
// @ts-expect-error: the parameters are missing
new optim.SGD({ lr: 0.1 });
// @ts-expect-error: Python's spelling
new optim.SGD(model.parameters(), { weight_decay: 0.1 });
// @ts-expect-error: a number
new optim.SGD(model.parameters(), { lr: 'high' });
// @ts-expect-error: two betas
new optim.Adam(model.parameters(), { betas: [0.9] });
// @ts-expect-error: SGD has no betas
new optim.SGD(model.parameters(), { betas: [0.9, 0.99] });
// @ts-expect-error: a module has to be asked for its parameters
new optim.SGD(model);
// @ts-expect-error: SGD has no such group option
new optim.SGD([{ params: [x], learningRate: 0.1 }]);
