/** What each thread has for itself, and what the process has for all, as with Python's threads. */
import test from 'ava';
import torch from 'sconce';
import { inWorker } from '../_helpers/in-worker.js';

const state = `{
  grad: torch.isGradEnabled(),
  inference: torch.isInferenceModeEnabled(),
  device: String(torch.getDefaultDevice()),
  autocast: torch.isAutocastEnabled('cpu'),
  autocastDtype: String(torch.getAutocastDtype('cpu')),
  anomaly: torch.autograd.isMultithreadingEnabled(),
  threads: torch.getNumThreads(),
}`;

const change = `
  torch.setGradEnabled(false);
  torch.setDefaultDevice('meta');
  torch.setAutocastEnabled('cpu', true);
  torch.setAutocastDtype('cpu', torch.float16);
  torch.autograd.setMultithreadingEnabled(true);
  torch.inferenceMode();
  torch.setNumThreads(torch.getNumThreads() + 1);`;

interface State {
  grad: boolean;
  device: string;
  autocast: boolean;
  threads: number;
}

/** The state of this thread. */
const here = new Function('torch', `return ${state}`) as (module: typeof torch) => State;

test.serial(
  'modes, the default device, autocast and the number of threads are of each thread',
  async (t) => {
    torch.setNumThreads(1);
    const before = here(torch);
    const [fresh, changed] = await inWorker<[State, State]>(
      `(torch) => { const fresh = ${state}; ${change} return [fresh, ${state}]; }`,
    );
    t.deepEqual(fresh, before);
    t.deepEqual(
      [changed.grad, changed.device, changed.autocast, changed.threads],
      [false, 'meta', true, 2],
    );
    t.deepEqual(here(torch), before);
    t.is(torch.ones(1, { requiresGrad: true }).mul(2).requiresGrad, true);
    // The other way round: a thread begins as any does, whatever its parent has set.
    using _ = torch.noGrad();
    torch.setDefaultDevice('meta');
    const begun = await inWorker<State>(`(torch) => (${state})`);
    torch.setDefaultDevice('cpu');
    t.is(begun.grad, true);
    t.is(begun.device, 'cpu');
  },
);

test.serial('a thread that changes its modes all the time changes nothing here', async (t) => {
  const running = inWorker<number>(
    `async (torch) => {
      let rounds = 0;
      for (const end = Date.now() + 400; Date.now() < end; rounds++) {
        torch.noGrad(() => torch.ones(2).add(1));
        torch.autocast('cpu', () => torch.ones(2, 2).mm(torch.ones(2, 2)));
      }
      return rounds;
    }`,
  );
  let isOver = false;
  running.finally(() => {
    isOver = true;
  });
  const weight = torch.ones(2, 2, { requiresGrad: true });
  let steps = 0;
  for (; !isOver; steps++) {
    const product = weight.mm(weight);
    if (!product.requiresGrad || product.dtype !== torch.float32) t.fail(`at step ${steps}`);
    await new Promise(setImmediate);
  }
  t.true((await running) > 10);
  t.true(steps > 10);
});

test.serial('the default generator and the default dtype are of the process', async (t) => {
  torch.manualSeed(7);
  const [a, b] = [torch.rand(3).tolist(), torch.rand(3).tolist()];
  torch.manualSeed(7);
  t.deepEqual(torch.rand(3).tolist(), a);
  t.deepEqual(await inWorker('(torch) => torch.rand(3).tolist()'), b);
  await inWorker('(torch) => { torch.setDefaultDtype(torch.float64); }');
  t.is(torch.getDefaultDtype(), torch.float64);
  torch.setDefaultDtype(torch.float32);
  // Numbers of a thread's own come from its own generator.
  const own =
    '(torch) => torch.rand(3, { generator: new torch.Generator().manualSeed(7) }).tolist()';
  t.deepEqual(await inWorker(own), a);
});
