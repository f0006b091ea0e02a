/** autograd.functional, beside Python's. */
import test from 'ava';
import torch, { autograd, type Tensor } from 'sconce';
import {
  classes,
  golden,
  leaf,
  nested,
  number,
  ones,
  rounded,
  two,
  vector,
} from '../_helpers/autograd-functions.js';

const { functional } = autograd;

torch.setNumThreads(1);

const scalar = (x: Tensor, y: Tensor) => x.pow(3).mul(y.sum()).sum().add(y.mul(y).mul(x).sum());

const [a, b] = [vector(1, 2), vector(0.5, -1)];

const [v, w] = [vector(1, 10), vector(3, 5)];

const forward = { vectorize: true, strategy: 'forward-mode' } as const;

const functionals: Record<string, () => unknown> = {
  jacobian: () => functional.jacobian((x) => x.sin().mul(x.sum()), a),
  'jacobian of two by two': () => functional.jacobian(two, [a, b]),
  'jacobian, unused input': () => functional.jacobian((x: Tensor, _y: Tensor) => x.mul(2), [a, b]),
  'jacobian by forward mode': () => functional.jacobian(two, [a, b], forward),
  'jacobian, vectorized': () => functional.jacobian(two, [a, b], { vectorize: true }),
  hessian: () => functional.hessian((x) => x.pow(3).prod(), a),
  'hessian of two': () => functional.hessian(scalar, [a, b]),
  'hessian, vectorized': () => functional.hessian(scalar, [a, b], { vectorize: true }),
  vjp: () => functional.vjp(two, [a, b], [v, w]),
  'vjp of a number': () => functional.vjp((x) => x.prod(), a),
  jvp: () => functional.jvp(two, [a, b], [v, w]),
  vhp: () => functional.vhp(scalar, [a, b], [v, w]),
  hvp: () => functional.hvp(scalar, [a, b], [v, w]),
  'hvp of one': () => functional.hvp((x) => x.pow(3).sum(), a, v),
};

test('every recorded functional is tried', (t) => {
  t.deepEqual(Object.keys(functionals), Object.keys(golden.functional));
});

for (const [name, expected] of Object.entries(golden.functional)) {
  test(`autograd.functional gives what Python's gives: ${name}`, (t) => {
    t.deepEqual(rounded(nested(functionals[name]?.())), rounded(expected));
  });
}

const constant = () => vector(1);

const linear = (x: Tensor) => x.mul(2);

const sum = (x: Tensor) => x.sum();

const strict = { strict: true };

const strictErrors: Record<string, [run: () => unknown, message: RegExp]> = {
  jacobian: [
    () => functional.jacobian((x: Tensor, _y: Tensor) => x.mul(2), [a, b], strict),
    /^output 0 of the user-provided function is independent of input 1/,
  ],
  'jacobian of a constant': [
    () => functional.jacobian(constant, a, strict),
    /^output 0 of the user-provided function does not require gradients/,
  ],
  'jacobian of a linear function': [
    () => functional.jacobian(linear, a, { strict: true, createGraph: true }),
    /^the jacobian of the user-provided function is independent of input 0.* createGraph/,
  ],
  'hessian of a linear function': [
    () => functional.hessian(sum, a, strict),
    /^while computing the hessian, found that the jacobian .* with respect to input 0 is indep/,
  ],
  vjp: [
    () => functional.vjp((x: Tensor, _y: Tensor) => x.mul(2), [a, b], ones, strict),
    /^the output of the user-provided function is independent of input 1/,
  ],
  jvp: [
    () => functional.jvp(constant, a, ones, strict),
    /^output 0 of the user-provided function does not require gradients/,
  ],
  'vhp of a linear function': [
    () => functional.vhp(sum, a, ones, strict),
    /^while computing the hessian, found that the jacobian .* with respect to input 0 is indep/,
  ],
  'hvp of a linear function': [
    () => functional.hvp(sum, a, ones, strict),
    /^while computing the hessian, found that the jacobian .* with respect to input 0 is indep/,
  ],
  'v of another shape': [
    () => functional.vjp(linear, a, vector(1)),
    /^v has invalid size: should be \[2\] but got \[1\]/,
  ],
  'v left out': [() => functional.vjp(linear, a), /v can be left out only where the output/],
  'vectorized and strict': [
    () => functional.jacobian((x) => x, a, { strict: true, vectorize: true }),
    /strict and vectorize are not supported together/,
  ],
  'hessian of a vector': [
    () => functional.hessian(linear, a),
    /^the Tensor returned by the function given to hessian should contain a single element/,
  ],
  'hessian of two outputs': [
    () => functional.hessian(((x: Tensor) => [x.sum(), x.sum()]) as never, a),
    /^the function given to hessian should return a single Tensor/,
  ],
  'an input that is no tensor': [
    () => functional.jacobian((x) => x, 3 as never),
    /^the inputs given to jacobian must be either a Tensor or an array of Tensors/,
  ],
  'an output that is no tensor': [
    () => functional.jacobian((() => 3) as never, a),
    /^the outputs of the user-provided function given to jacobian must be either a Tensor or/,
  ],
};

test('every recorded error of autograd.functional is tried', (t) => {
  t.deepEqual(Object.keys(strictErrors), Object.keys(golden.strict));
});

for (const [name, { type }] of Object.entries(golden.strict)) {
  test(`autograd.functional throws as Python's does: ${name}`, (t) => {
    const [run, message] = strictErrors[name] as [() => unknown, RegExp];
    t.throws(run, { instanceOf: classes[type], message });
  });
}

test('jacobians and products can be differentiated', (t) => {
  const x = leaf(1, 2);
  const options = { createGraph: true };
  const square = functional.jacobian((one) => one.pow(2), x, options);
  t.deepEqual(autograd.grad(square.sum(), x)[0].tolist(), [2, 2]);
  const [, product] = functional.jvp((one) => one.pow(3), x, vector(1, 1), options);
  t.deepEqual(autograd.grad(product.sum(), x)[0].tolist(), [6, 12]);
  t.false(functional.vjp((one) => one.pow(2), x, number(1).expand(2))[1].requiresGrad);
});
