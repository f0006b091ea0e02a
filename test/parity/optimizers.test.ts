import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import torch, { nn, optim, Tensor } from 'sconce';
import { type Comparison, Player, type Recorded } from '../_helpers/golden.js';

type Written = Record<string, unknown>;

interface Case {
  optimizer: string;
  options: Written;
  dtype: 'float32' | 'float64' | 'complex64';
  sparse: boolean;
  matrices: boolean;
  after: Record<string, unknown[]>;
  state: Record<string, Written>;
  groups: Written[];
}

interface ErrorCase {
  optimizer: string;
  desc: string;
  params: unknown;
  known: { value: Written; sparse: boolean; grad: Written | null }[];
  options: Written;
  at: 'CONSTRUCTION_ERROR' | 'STEP_ERROR';
  error: string;
}

interface Golden extends Recorded {
  missing: number[];
  start: Record<'shapes' | 'matrices', unknown[]>;
  gradients: Record<'shapes' | 'matrices', unknown[][]>;
  cases: Case[];
  errors: ErrorCase[];
  differentiable: { optimizer: string; options: Written; end: Written; gradient: Written }[];
}

const golden: Golden = JSON.parse(
  gunzipSync(readFileSync(new URL('../golden/optimizers.json.gz', import.meta.url))).toString(),
);
const player = new Player(golden);
torch.setNumThreads(1);

type Maker = new (params: unknown, options: object) => optim.Optimizer;
const makerOf = (name: string) => optim[name as 'SGD'] as unknown as Maker;

/** A float32 tensor of the file in the dtype of a case. */
function convert(x: Tensor, dtype: Case['dtype']): Tensor {
  if (dtype !== 'complex64') return x.to(torch[dtype], { copy: true });
  return torch.complex(x, x.ndim > 0 ? x.flip(0) : x.mul(2));
}

/** The loss of optimizers.py. */
function lossOf(parameters: Tensor[]): Tensor {
  const flat = torch.cat(parameters.map((p) => p.reshape(-1)));
  const [here, there] = [flat.narrow(0, 0, flat.numel() - 1), flat.narrow(0, 1, flat.numel() - 1)];
  return here.neg().add(1).square().add(there.sub(here.square()).square().mul(2)).sum();
}

function stepper(entry: Case) {
  const key = entry.matrices ? 'matrices' : 'shapes';
  const isClosed = entry.optimizer === 'LBFGS';
  const parameters = (player.value(golden.start[key]) as Tensor[]).map((x) =>
    convert(x, entry.dtype).requiresGrad_(isClosed),
  );
  const optimizer = new (makerOf(entry.optimizer))(parameters, player.options(entry.options));
  const step = (number: number) => {
    if (isClosed) {
      optimizer.step(() => {
        optimizer.zeroGrad();
        const loss = lossOf(parameters);
        loss.backward();
        return loss;
      });
      return;
    }
    const gradients = player.value(golden.gradients[key][number - 1]) as Tensor[];
    parameters.forEach((parameter, i) => {
      let gradient = convert(gradients[i] as Tensor, entry.dtype);
      if (entry.sparse) {
        const rows = torch.tensor([BigInt(number % gradient.length), 0n, 0n]);
        gradient = torch.sparseCooTensor(
          rows.unsqueeze(0),
          gradient.index(rows),
          gradient.shape,
        ) as Tensor;
      }
      parameter.grad = gradient;
    });
    if (golden.missing.includes(number)) (parameters[2] as Tensor).grad = null;
    optimizer.step();
  };
  return { parameters, optimizer, step };
}

/**
 * Whether a last bit may differ from Python's: its foreach forms of some optimizers round unlike
 * its loops, which ours follow; complex weight decay is done on pairs of real numbers; and numbers
 * beside a tensor lr are float64 here.
 */
function roundsApart({ optimizer, options, dtype }: Case): boolean {
  if (options.foreach && ['Adafactor', 'NAdam', 'RAdam'].includes(optimizer)) return true;
  if (dtype === 'complex64' && optimizer !== 'Adam' && options.weight_decay) return true;
  return dtype === 'float64' && typeof options.lr === 'object';
}

function compareState(
  t: ExecutionContext,
  entry: Case,
  optimizer: optim.Optimizer,
  how: Comparison,
) {
  const { state, param_groups: groups } = optimizer.stateDict();
  t.deepEqual([...state.keys()].map(String), Object.keys(entry.state), 'parameters with a state');
  for (const [number, values] of state) {
    const expected = entry.state[number] as Written;
    t.deepEqual(Object.keys(values).sort(), Object.keys(expected).sort(), 'keys of a state');
    for (const [name, value] of Object.entries(values)) {
      const what = `state ${number}.${name}`;
      if (typeof value === 'number' && typeof expected[name] === 'number') {
        t.true(Math.abs(value - expected[name]) <= 1e-6 * Math.abs(value), what);
      } else {
        const dense = value instanceof Tensor && value.isSparse ? value.toDense() : value;
        player.compare(t, dense, expected[name], { ...how, what });
      }
    }
  }
  const numbers = groups.map((group) => ({ ...group, lr: Number(group.lr) }));
  t.deepEqual(numbers, entry.groups as typeof numbers);
}

golden.cases.forEach((entry, number) => {
  const { optimizer: name, options, dtype, sparse } = entry;
  const isOff = ([key, value]: [string, unknown]) =>
    ['foreach', 'fused', 'differentiable'].includes(key) && value === false;
  const shown = Object.fromEntries(Object.entries(options).filter((option) => !isOff(option)));
  const kind = `${dtype}${sparse ? ', sparse gradients' : ''}`;
  test(`${number}: ${name} ${JSON.stringify(shown)}, ${kind}`, (t) => {
    const { parameters, optimizer, step } = stepper(entry);
    const how: Comparison = { isStable: !roundsApart(entry) };
    const steps = name === 'LBFGS' ? 5 : 20;
    for (let i = 1; i <= steps; i++) {
      step(i);
      const after = entry.after[i === steps ? 'end' : i];
      after?.forEach((expected, p) => {
        player.compare(t, parameters[p], expected, { ...how, what: `${i}: parameter ${p}` });
      });
    }
    compareState(t, entry, optimizer, how);
  });
});

for (const {
  optimizer: name,
  options,
  end: wanted,
  gradient: wantedGradient,
} of golden.differentiable) {
  test(`autograd goes through ${name} ${JSON.stringify(options)}`, (t) => {
    const begin = (player.value(golden.start.shapes[2]) as Tensor).requiresGrad_();
    const end = begin.clone();
    const optimizer = new (makerOf(name))([end], {
      ...player.options(options),
      differentiable: true,
    });
    for (let i = 0; i < 4; i++) {
      const loss = end.clone().pow(3).sum();
      end.grad = torch.autograd.grad(loss, [end], { createGraph: true })[0] as Tensor;
      optimizer.step();
    }
    const [gradient] = torch.autograd.grad(end.sum(), [begin]);
    player.compare(t, end.detach(), wanted, { what: 'the end' });
    player.compare(t, gradient, wantedGradient, { what: 'its gradient', tolerance: 1e-5 });
  });
}

/** The parameters of an error input, with the tensors in their places. */
function place(params: unknown, tensors: Tensor[]): unknown {
  if (Array.isArray(params)) return params.map((item) => place(item, tensors));
  if (typeof params !== 'object' || params === null) return params;
  if ('param' in params) return tensors[params.param as number];
  return Object.fromEntries(Object.entries(params).map(([k, v]) => [k, place(v, tensors)]));
}

golden.errors.forEach((entry, number) => {
  test(`error ${number}: ${entry.optimizer}: ${entry.desc}`, (t) => {
    const tensors = entry.known.map(({ value, sparse, grad }) => {
      const x = player.value(value) as Tensor;
      const parameter = sparse ? x.toSparse() : new nn.Parameter(x);
      if (grad) parameter.grad = player.value(grad) as Tensor;
      return parameter;
    });
    const params = place(entry.params, tensors);
    const make = () => new (makerOf(entry.optimizer))(params, player.options(entry.options));
    if (entry.error === 'UserWarning') {
      t.notThrows(make);
      return;
    }
    if (entry.at === 'STEP_ERROR') {
      const optimizer = make();
      t.throws(() => optimizer.step());
      return;
    }
    const error = t.throws(make, { any: true }) as Error;
    const wanted = entry.error === 'RuntimeError' ? 'TorchError' : entry.error;
    t.is(error.constructor.name, wanted, error.message);
  });
});
