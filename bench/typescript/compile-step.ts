import { monitorEventLoopDelay } from 'node:perf_hooks';
import torch, { nn, optim, type Tensor } from 'sconce';
import { microseconds, serve } from '../_helpers/serve.js';
import { LeNet } from './lenet.js';

torch.setNumThreads(2);

/** A training step on one batch that stays the same: as it is, and compiled. */
function makeStep(batchSize: number) {
  torch.manualSeed(0);
  const inputs = torch.randn(batchSize, 1, 28, 28);
  const labels = torch.randint(0, 10, [batchSize]);
  const model = new LeNet();
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  const train = (x: Tensor, y: Tensor) => {
    optimizer.zeroGrad();
    const loss = criterion(model(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const step = torch.compileStep(train);
  return {
    eager: () => train(inputs, labels).item(),
    sync: () => step.sync(inputs, labels).item(),
    awaited: async () => (await step(inputs, labels)).item(),
    queued: () => step(inputs, labels),
  };
}

type Step = ReturnType<typeof makeStep>;

/** The mean time of an awaited step in microseconds. */
async function awaited(calls: number, { awaited: step }: Step): Promise<number> {
  for (let i = 0; i < Math.min(calls, 50); i++) await step();
  const start = performance.now();
  for (let i = 0; i < calls; i++) await step();
  return ((performance.now() - start) * 1000) / calls;
}

/** The same of steps of which four are under way at a time. */
async function queued(calls: number, { queued: step }: Step): Promise<number> {
  const underWay: Promise<Tensor>[] = [];
  const run = async () => {
    underWay.push(step());
    if (underWay.length > 4) (await underWay.shift())?.item();
  };
  for (let i = 0; i < Math.min(calls, 50); i++) await run();
  const start = performance.now();
  for (let i = 0; i < calls; i++) await run();
  await Promise.all(underWay.splice(0));
  return ((performance.now() - start) * 1000) / calls;
}

/** How late the event loop is while steps follow one another for two seconds: p99 in ms. */
async function delay(run: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  const end = performance.now() + 2000;
  while (performance.now() < end) await run();
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

/** An eager step, and a turn of the event loop after it. */
const turning =
  ({ eager }: Step) =>
  async () => {
    eager();
    await new Promise(setImmediate);
  };

const large = makeStep(64);
const small = makeStep(1);

await serve({
  eager64: () => microseconds(100, large.eager),
  sync64: () => microseconds(100, large.sync),
  awaited64: () => awaited(100, large),
  queued64: () => queued(100, large),
  eager1: () => microseconds(400, small.eager),
  sync1: () => microseconds(400, small.sync),
  awaited1: () => awaited(400, small),
  queued1: () => queued(400, small),
  delayEager64: () => delay(turning(large)),
  delay64: () => delay(large.awaited),
  delay1: () => delay(small.awaited),
});
