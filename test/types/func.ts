/** What the types of `torch.func` must give; `tsc` is the test. */
import torch, { nn, type Tensor } from 'sconce';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where the value is of exactly that type. */
function is<Wanted>() {
  return <Found>(_value: Found, ..._proof: Equal<Found, Wanted> extends true ? [] : [never]) => {};
}

const { grad, gradAndValue, hessian, jacrev, jvp, vjp, vmap } = torch.func;
const isTensor = is<Tensor>();
const x = torch.ones(2);
const product = (a: Tensor, b: Tensor) => a.dot(b);
type Params = { w: Tensor; b: Tensor };
const loss = (params: Params, sample: Tensor) => params.w.mul(sample).add(params.b).sum();

// The gradient has the argument's structure.
isTensor(grad(product)(x, x));
is<[Tensor, Tensor]>()(grad(product, [1, 0])(x, x));
is<Params>()(grad(loss)({ w: x, b: x }, x));
is<[Params, Tensor]>()(gradAndValue(loss)({ w: x, b: x }, x));
is<[Tensor, string]>()(
  grad((a: Tensor): [Tensor, string] => [a.sum(), 'aux'], { hasAux: true })(x),
);
// @ts-expect-error: a number is no Tensor
grad(product)(x, 1);

// vmap keeps the function's type, modules' too.
isTensor(vmap(product, [0, null])(x, x));
isTensor(vmap(new nn.Linear(2, 3))(x));
is<Params>()(vmap(grad(loss), [null, 0])({ w: x, b: x }, x));
// @ts-expect-error: no such mode
vmap(product, { randomness: 'none' });
// @ts-expect-error: Python's spelling
vmap(product, { in_dims: 0 });

// Jacobians: the inputs' structure in place of each tensor of the output.
isTensor(jacrev(product)(x, x));
is<{ p: [Tensor, Tensor] }>()(jacrev((a: Tensor, b: Tensor) => ({ p: a.add(b) }), [0, 1])(x, x));
isTensor(hessian(product)(x, x));
is<[output: Tensor, tangent: Tensor]>()(jvp(product, [x, x], [x, x]));
const [output, vjpFn] = vjp(product, x, x);
isTensor(output);
is<[a: Tensor, b: Tensor]>()(vjpFn(x));
