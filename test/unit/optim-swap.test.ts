import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { copy, nn, optim, type Tensor, TorchError } from 'sconce';

const golden = JSON.parse(
  readFileSync(new URL('../golden/optim-swap.json', import.meta.url), 'utf8'),
);

torch.setNumThreads(1);

const { swapInOptimizerParamsAndState: swapIn } = optim;

function madeOf(name: string, options: object) {
  const params = [new nn.Parameter(torch.tensor([1, 2])), new nn.Parameter(torch.tensor([3]))];
  const [first, second] = params as [nn.Parameter, nn.Parameter];
  const optimizer: optim.Optimizer = new optim[name as 'SGD'](
    [{ params: [first] }, { params: [second], lr: 0.01 }],
    options,
  );
  const step = (those: readonly Tensor[]) => {
    for (const [i, param] of those.entries()) {
      param.grad = param
        .detach()
        .cos()
        .mul(i + 1);
    }
    optimizer.step();
  };
  return { params, optimizer, step };
}

for (const expected of golden.cases) {
  test(`${expected.name} steps on other parameters as in Python, and goes on with its own`, (t) => {
    const { params, optimizer, step } = madeOf(expected.name, expected.options);
    step(params);
    const others = { a: torch.tensor([0.5, -0.5]), b: torch.tensor([0.25]) };
    const state = copy.deepcopy(optimizer.stateDict());
    (state.param_groups[1] as { lr?: unknown }).lr = 0.5;
    swapIn(optimizer, others, state, () => step(Object.values(others)));
    step(params);
    const close = (ours: Tensor | number, theirs: number | number[]) =>
      torch.testing.assertClose(torch.asTensor(ours).detach(), torch.asTensor(theirs), {
        rtol: 1e-6,
        atol: 1e-7,
        checkDtype: false,
      });
    for (const [i, param] of params.entries()) close(param, expected.params[i]);
    for (const [i, other] of Object.values(others).entries()) close(other, expected.others[i]);
    t.deepEqual(
      optimizer.paramGroups.map((group) => (group as unknown as { lr: number }).lr),
      expected.lr,
    );
    for (const [i, entries] of Object.entries<Record<string, number[]>>(expected.state)) {
      const ours = state.state.get(Number(i)) as Record<string, Tensor>;
      for (const [key, values] of Object.entries(entries)) close(ours[key] as Tensor, values);
    }
  });
}

test('what does not fit, throws and changes nothing', (t) => {
  const { params, optimizer, step } = madeOf('SGD', { momentum: 0.9 });
  const others = { a: torch.zeros(2), b: torch.zeros(1) };
  const early = optimizer.stateDict();
  t.throws(() => swapIn(optimizer, others, early), { message: /initialized/ });
  step(params);
  const state = () => copy.deepcopy(optimizer.stateDict());
  const before = optimizer.state;
  const lacking = state();
  delete lacking.param_groups[0]?.lr;
  const extra = state();
  extra.state.set(7, {});
  const fewer = { ...state(), param_groups: state().param_groups.slice(1) };
  for (const run of [
    () => swapIn(optimizer, { a: others.a }, state()),
    () => swapIn(optimizer, others, lacking),
    () => swapIn(optimizer, others, extra),
    () => swapIn(optimizer, others, fewer),
  ]) {
    t.throws(run, { instanceOf: TorchError });
    t.is(optimizer.state, before);
    t.is(optimizer.paramGroups[0]?.params[0], params[0]);
  }
  t.throws(() =>
    swapIn(optimizer, others, state(), () => {
      throw new Error('mine');
    }),
  );
  t.is(optimizer.state, before);
  t.is(optimizer.paramGroups[1]?.params[0], params[1]);
});
