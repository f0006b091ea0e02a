/** What bench/gpu/run.ts measures: gpu.js WORKLOAD DEVICE SIZE DATA; `python/gpu.py` is the same. */
import torch, { nn, optim, type Tensor, utils } from 'sconce';
import { datasets, models } from 'sconce/vision';
import { serve } from '../_helpers/serve.js';
import { GPT2 } from './gpt2.js';
import { LeNet } from './lenet.js';

const [workload, device, size, data] = process.argv.slice(2) as [string, string, string, string];
const isCuda = device === 'cuda';
const isSmall = size === 'small';
if (!isCuda) torch.setNumThreads(1);
const steps = isSmall ? 20 : 200;

type Step = () => Tensor;

function synchronize(): void {
  if (isCuda) torch.cuda.synchronize();
}

function lenet(): Step {
  const model = new LeNet().to(device);
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const inputs = torch.randn(64, 1, 28, 28, { device });
  const labels = torch.randint(0, 10, [64], { device });
  return () => {
    optimizer.zeroGrad();
    const loss = criterion(model(inputs), labels);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

/** A step of LeNet as one CUDA graph. */
function lenetGraph(): Step {
  const step = lenet();
  const side = new torch.cuda.Stream();
  side.waitStream(torch.cuda.currentStream());
  torch.cuda.stream(side, () => {
    for (let i = 0; i < 3; i++) step();
  });
  torch.cuda.currentStream().waitStream(side);
  const graph = new torch.cuda.CUDAGraph();
  const loss = torch.cuda.graph(graph, step);
  return () => {
    graph.replay();
    return loss;
  };
}

function resnet(): Step {
  const [batch, side] = isSmall ? [2, 64] : [64, 224];
  const model = models.resnet50().to(device);
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const scaler = new torch.amp.GradScaler(device, { enabled: isCuda });
  const inputs = torch.randn(batch, 3, side, side, { device });
  const labels = torch.randint(0, 1000, [batch], { device });
  const dtype = isCuda ? torch.float16 : torch.bfloat16;
  return () => {
    optimizer.zeroGrad();
    const loss = torch.autocast(device, { dtype }, () => criterion(model(inputs), labels));
    scaler.scale(loss).backward();
    scaler.step(optimizer);
    scaler.update();
    return loss;
  };
}

function gpt2(batch = isSmall ? 2 : 8): Step {
  const [vocabulary, length, layers, heads, width] = isSmall
    ? [500, 64, 2, 2, 64]
    : [50_257, 1024, 12, 12, 768];
  const model = new GPT2(vocabulary, length, layers, heads, width).to(device);
  const optimizer = new optim.AdamW(model.parameters(), { lr: 3e-4 });
  const tokens = torch.randint(0, vocabulary, [batch, length + 1], { device });
  const inputs = tokens.narrow(1, 0, length).contiguous();
  const targets = tokens.narrow(1, 1, length).contiguous();
  return () => {
    optimizer.zeroGrad();
    const loss = torch.autocast(device, { dtype: torch.bfloat16 }, () => model(inputs, targets));
    loss.backward();
    optimizer.step();
    return loss;
  };
}

const workloads: Record<string, () => Step> = { lenet, lenetGraph, resnet, gpt2 };
const counts: Record<string, number> = { lenet: 500, lenetGraph: 500, resnet: 20, gpt2: 20 };
let step: Step | undefined;

function prepared(): Step {
  if (step) return step;
  torch.manualSeed(0);
  step = workloads[workload]?.();
  if (!step) throw new Error(`there is no workload ${workload}`);
  for (let i = 0; i < (isSmall ? 1 : 5); i++) step();
  synchronize();
  return step;
}

/** Steps a second. */
function rate(): number {
  const run = prepared();
  const count = isSmall ? 2 : (counts[workload] as number);
  const start = performance.now();
  for (let i = 0; i < count; i++) run();
  synchronize();
  return (count * 1000) / (performance.now() - start);
}

/** MNIST as two tensors. */
function mnist(train: boolean): [images: Tensor, labels: Tensor] {
  const set = new datasets.MNIST(data, { train });
  return [set.data.unsqueeze(1).float().div(255).sub(0.5).div(0.5), set.targets];
}

function train(stop: (done: number, loss: Tensor) => boolean): LeNet {
  torch.manualSeed(0);
  const dataset = new utils.data.TensorDataset(...mnist(true));
  const loader = new utils.data.DataLoader(dataset, { batchSize: 64, shuffle: true });
  const model = new LeNet().to(device);
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  for (let done = 1; ; ) {
    for (const [inputs, labels] of loader as Iterable<[Tensor, Tensor]>) {
      optimizer.zeroGrad();
      const loss = criterion(model(inputs.to(device)), labels.to(device));
      loss.backward();
      optimizer.step();
      if (stop(done++, loss)) return model;
    }
  }
}

function losses(): number[] {
  const result: number[] = [];
  train((_, loss) => result.push(loss.item() as number) === steps);
  return result;
}

/** The share of MNIST's test images that LeNet tells, after four epochs. */
function accuracy(): number {
  const model = train((done) => done === (isSmall ? steps : 4 * 938));
  const [images, labels] = mnist(false);
  return torch.noGrad(() => {
    const right = images
      .split(1000)
      .map((part) => model(part.to(device)).argmax(1).cpu())
      .reduce((all, part) => torch.cat([all, part]))
      .eq(labels)
      .sum();
    return (right.item() as number) / labels.length;
  });
}

/** Whether training goes on with a smaller batch after one that was too large; on a GPU. */
function survives(): string {
  torch.manualSeed(0);
  try {
    gpt2(isSmall ? 2 ** 24 : 2 ** 12)();
    return 'a batch that cannot fit did';
  } catch (error) {
    if (!(error instanceof torch.OutOfMemoryError)) return String(error);
  }
  const small = gpt2(2);
  for (let i = 0; i < 3; i++) {
    if (!Number.isFinite(small().item())) return 'the loss is not finite';
  }
  return 'yes';
}

/** The highest that the GPU's memory has been, in MB. */
const memory = () => (isCuda ? torch.cuda.maxMemoryAllocated() / 1e6 : 0);

const versions = () => ({ libtorch: torch.version.torch });

await serve({ rate, memory, losses, accuracy, survives, versions });
