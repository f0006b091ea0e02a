/** What the types of tensors and of their methods must accept and refuse; `tsc` is the test. */
import torch, { type Complex, type Device, type DType, type Tensor } from 'sconce';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function check<Condition extends true>(condition?: Condition): void {
  void condition;
}

/** Compiles where the value is of exactly that type. */
function is<Wanted>() {
  return <Found>(_value: Found, ..._proof: Equal<Found, Wanted> extends true ? [] : [never]) => {};
}

const isTensor = is<Tensor>();
const isTensors = is<Tensor[]>();
const x = torch.zeros(2, 3);

// Indexing.
for (const row of x) isTensor(row);
check<Equal<Tensor[0], Tensor>>();
check<Equal<Tensor[-1], Tensor>>();
check<Equal<Tensor[':, 1'], Tensor>>();
check<Equal<Tensor['..., 0'], Tensor>>();
check<Equal<Tensor['...'], Tensor>>();
// An index is there or throws; `noUncheckedIndexedAccess`, as here, adds undefined to what is not a
// number of its own type.
isTensor(x[0]);
isTensor(x[0][1][-1]);
const column: Tensor | undefined = x[':, 1'];
void column;
isTensor(x.index(x.gt(0), ':', null, -1, [0, 1], new torch.Slice(0, 1)));
x[0] = x;
x[':, 1'] = x;
// @ts-expect-error: not an index
x.first;
// @ts-expect-error: an object is no index
x.index({ start: 1 });

// One name, several overloads: the arguments tell them apart.
isTensor(x.max());
isTensor(x.max(x));
isTensor(x.max(1).values);
isTensor(x.max({ dim: 1, keepdim: true }).indices);
const [values, indices] = x.max(1);
isTensor(values);
isTensor(indices);
const { values: largest } = torch.topk(x, 1);
isTensor(largest);
isTensor(torch.sort(x)[1]);
isTensor(torch.median(x));
isTensor(x.median(0).indices);
// @ts-expect-error: it is `keepdim`, as in Python
x.max(1, { keepDim: true });
const { Q, R } = torch.linalg.qr(x);
isTensor(Q);
isTensor(R);
isTensors(x.split(1));
isTensors(torch.unbind(x));
isTensors(x.nonzero({ asTuple: true }));
isTensor(x.nonzero());
isTensors(torch.meshgrid(x, x));
isTensor(torch.einsum('ij->i', x));

// Positions, then names.
x.sum();
x.sum(1);
x.sum([0, 1], true);
x.sum(1, { keepdim: true, dtype: torch.float64 });
x.sum({ dim: 1 });
x.add(2);
x.add(2n);
x.add(x, { alpha: 2 });
x.view(3, 2);
x.view([3, -1]);
x.view(torch.int32);
x.clamp({ min: 0 });
x.permute(1, 0);
x.norm();
x.norm('fro', [0, 1]);
x.norm(Infinity, 1, { keepdim: true });
x.div(2, { roundingMode: 'floor' });
// @ts-expect-error: options are closed
x.sum({ axis: 1 });
// @ts-expect-error: Python's spelling
x.div(2, { rounding_mode: 'floor' });
// @ts-expect-error: alpha is given by name
x.add(x, 2);
// @ts-expect-error: alpha is a number
x.add(x, { alpha: 'two' });
// @ts-expect-error: a string is no tensor
x.add('2');
// @ts-expect-error: nor is an array
x.add([1, 2]);
// @ts-expect-error: a dimension is a number
x.softmax('rows');
// @ts-expect-error: the dimension is missing
x.softmax();
// @ts-expect-error: sizes are numbers
x.view('2', 3);
// @ts-expect-error: not a method
x.foo();
// @ts-expect-error: Python's name
x.masked_fill(x.gt(0), 1);
// @ts-expect-error: a property
x.shape();
// @ts-expect-error: the shape is read
x.shape = [1];

// In place, methods return the tensor.
isTensor(x.add_(1).mul_(x).zero_());
// @ts-expect-error: a tensor is not compared by <
x < 'a';

// Facts about a tensor.
is<number[]>()(x.shape);
is<number[]>()(x.size());
is<number>()(x.size(0));
is<number>()(x.dim());
is<DType>()(x.dtype);
is<Device>()(x.device);
is<boolean>()(x.requiresGrad);
is<Tensor | null>()(x.grad);
is<number>()(x.item());
is<bigint>()(x.itemBigInt());
is<boolean>()(x.equal(x));
is<boolean>()(torch.allclose(x, x, { rtol: 1e-3 }));
is<string>()(`${x}`);
is<number>()(+(x as unknown as number));
const name: string | undefined = x.gradFn?.name();
void name;
const list: (number | boolean | Complex)[] = [x.item()];
void list;
for (const row of x) isTensor(row);

// Conversions.
isTensor(x.to('cuda'));
isTensor(x.to('cuda:0', torch.float16, true));
isTensor(x.to(torch.float64, { copy: true }));
isTensor(x.to(x));
isTensor(x.to({ dtype: torch.int64, device: torch.device('cpu') }));
// @ts-expect-error: a dtype is no string
x.to({ dtype: 'float32' });
// @ts-expect-error: an unknown option
x.to('cpu', { non_blocking: true });
// @ts-expect-error: a device is no number
x.to(0);

// A tensor can be disposed of at the end of a block.
{
  using temporary = torch.zeros(1);
  isTensor(temporary);
  using _mode = torch.noGrad();
  using _handle = temporary.requiresGrad_().registerHook((gradient) => gradient.mul(2));
}
isTensor(torch.tidy(() => x.add(1)));
isTensor(torch.noGrad(() => x.add(1)));
is<readonly [Tensor, 1]>()(torch.tidy(() => [x, 1] as const));

// Autograd.
x.backward();
x.backward(x, true);
x.backward({ gradient: x, retainGraph: true, inputs: [x] });
// @ts-expect-error: Python's spelling
x.backward({ retain_graph: true });
// @ts-expect-error: a gradient is a tensor
x.backward(1);
x.grad = null;
// @ts-expect-error: a gradient is a tensor
x.grad = [1, 2];
// @ts-expect-error: a flag
x.requiresGrad = 1;
x.registerHook((gradient) => isTensor(gradient));
// @ts-expect-error: a hook returns a tensor or nothing
x.registerHook(() => 3);
check<Equal<ReturnType<typeof x.requiresGrad_>, Tensor>>();
