import torch, { type Tensor } from 'sconce';
import { busy, gpu, python } from './_gpu.js';

gpu('events measure time that is plausible', (t) => {
  const start = new torch.cuda.Event({ enableTiming: true });
  const end = new torch.cuda.Event({ enableTiming: true });
  busy(2);
  torch.cuda.synchronize();
  const before = performance.now();
  start.record();
  busy(50);
  end.record();
  end.synchronize();
  const wall = performance.now() - before;
  const elapsed = start.elapsedTime(end);
  t.true(elapsed > 0.1 && elapsed < wall + 1, `${elapsed} of ${wall} ms`);
  t.true(end.query());
  t.throws(() => new torch.cuda.Event().elapsedTime(end), { instanceOf: torch.ValueError });
});

gpu('a stream that waits for another sees what that has made', (t) => {
  const side = new torch.cuda.Stream();
  t.false(side.equals(torch.cuda.currentStream()));
  for (let i = 0; i < 20; i++) {
    const x = torch.zeros(1000, { device: 'cuda' });
    busy(3, 2048);
    x.fill_(i);
    side.waitStream(torch.cuda.currentStream());
    const doubled = torch.cuda.stream(side, () => x.mul(2));
    x.recordStream(side);
    torch.cuda.currentStream().waitStream(side);
    t.is(doubled.sum().item(), 2000 * i);
  }
  t.true(torch.cuda.currentStream().equals(torch.cuda.defaultStream()));
});

gpu('priorities, handles and external streams', (t) => {
  const high = new torch.cuda.Stream({ priority: -1 });
  t.is(high.device, torch.device('cuda:0'));
  const same = torch.cuda.getStreamFromExternal(high.cudaStream);
  t.is(same.cudaStream, high.cudaStream);
  t.is(high.priority, python<number>('print(torch.cuda.Stream(priority=-1).priority)'));
});

gpu('awaiting an event leaves the event loop free', async (t) => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const event = new torch.cuda.Event();
  busy(400);
  event.record();
  const wasDone = event.query();
  await event.done();
  clearInterval(timer);
  t.true(event.query());
  t.true(wasDone || ticks > 3, `${ticks} ticks`);
});

gpu('reads by Promise: the value of the call, in the order of the calls', async (t) => {
  const x = torch.zeros(1, { device: 'cuda' });
  const order: number[] = [];
  const reads: Promise<void>[] = [];
  for (let i = 0; i < 50; i++) {
    x.fill_(i);
    reads.push(
      x.itemAsync().then((value) => {
        t.is(value, i);
        order.push(i);
      }),
    );
  }
  x.fill_(-1);
  const list = x.tolistAsync();
  await Promise.all(reads);
  t.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  t.deepEqual(await list, [-1]);
  const y: Tensor = torch.ones(2, { device: 'cuda', requiresGrad: true });
  const onCpu = await y.mul(3).cpuAsync();
  t.is(onCpu.device.type, 'cpu');
  onCpu.sum().backward();
  t.deepEqual(y.grad?.tolist(), [3, 3]);
});

gpu("torch.Stream and torch.Event are the accelerator's", async (t) => {
  const stream = new torch.Stream();
  t.is(stream.device.type, 'cuda');
  const event = stream.recordEvent();
  await event.done();
  t.true(stream.query());
  torch.accelerator.setStream(torch.cuda.defaultStream());
  torch.accelerator.synchronize();
});
