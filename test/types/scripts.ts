/**
 * Pieces of well-known PyTorch scripts, ported line by line: they must type-check without a cast;
 * `tsc` is the test.
 */
import torch, { nn, optim, type Tensor, utils } from 'sconce';

const F = nn.functional;

/** A block of nanoGPT: causal self-attention. */
class CausalSelfAttention extends nn.Module {
  cAttn: nn.Linear;
  cProj: nn.Linear;
  dropout: nn.Dropout;
  bias: Tensor;

  constructor(
    readonly nEmbd: number,
    readonly nHead: number,
    blockSize: number,
  ) {
    super();
    this.cAttn = new nn.Linear(nEmbd, 3 * nEmbd);
    this.cProj = new nn.Linear(nEmbd, nEmbd);
    this.dropout = new nn.Dropout(0.1);
    this.bias = torch.tril(torch.ones(blockSize, blockSize)).view(1, 1, blockSize, blockSize);
  }

  forward(x: Tensor): Tensor {
    const [B, T, C] = x.size() as [number, number, number];
    let [q, k, v] = this.cAttn(x).split(this.nEmbd, 2) as [Tensor, Tensor, Tensor];
    const heads = (y: Tensor) => y.view(B, T, this.nHead, C / this.nHead).transpose(1, 2);
    [q, k, v] = [heads(q), heads(k), heads(v)];
    let att = q.matmul(k.transpose(-2, -1)).mul(1 / Math.sqrt(k.size(-1)));
    att = att.maskedFill(
      this.bias.index(':', ':', `:${T}`, `:${T}`).eq(0),
      Number.NEGATIVE_INFINITY,
    );
    att = this.dropout(F.softmax(att, { dim: -1 }));
    const y = att.matmul(v).transpose(1, 2).contiguous().view(B, T, C);
    return this.dropout(this.cProj(y));
  }
}

/** nanoGPT's sampling. */
function generate(model: nn.Module, start: Tensor, maxNewTokens: number, topK: number | null) {
  let idx = start;
  for (let i = 0; i < maxNewTokens; i++) {
    const output: unknown = model(idx);
    if (!torch.isTensor(output)) throw new TypeError('logits are wanted');
    const logits = output.index(':', -1, ':').div(0.8);
    if (topK !== null) {
      const [values] = torch.topk(logits, Math.min(topK, logits.size(-1)));
      const least = values.index(':', [-1]);
      logits.indexPut_([logits.lt(least)], Number.NEGATIVE_INFINITY);
    }
    const probabilities = F.softmax(logits, -1);
    const next = torch.multinomial(probabilities, 1);
    idx = torch.cat([idx, next], 1);
  }
  return idx;
}

/** The VAE of pytorch/examples. */
class VAE extends nn.Module {
  fc1 = new nn.Linear(784, 400);
  fc21 = new nn.Linear(400, 20);
  fc22 = new nn.Linear(400, 20);
  fc3 = new nn.Linear(20, 400);
  fc4 = new nn.Linear(400, 784);

  encode(x: Tensor): [mu: Tensor, logvar: Tensor] {
    const h1 = F.relu(this.fc1(x));
    return [this.fc21(h1), this.fc22(h1)];
  }

  reparameterize(mu: Tensor, logvar: Tensor) {
    const std = torch.exp(logvar.mul(0.5));
    const eps = torch.randnLike(std);
    return mu.add(eps.mul(std));
  }

  decode(z: Tensor) {
    return torch.sigmoid(this.fc4(F.relu(this.fc3(z))));
  }

  forward(x: Tensor): [Tensor, Tensor, Tensor] {
    const [mu, logvar] = this.encode(x.view(-1, 784));
    const z = this.reparameterize(mu, logvar);
    return [this.decode(z), mu, logvar];
  }
}

function vaeLoss(reconstruction: Tensor, x: Tensor, mu: Tensor, logvar: Tensor): Tensor {
  const bce = F.binaryCrossEntropy(reconstruction, x.view(-1, 784), { reduction: 'sum' });
  const kld = torch.sum(logvar.add(1).sub(mu.pow(2)).sub(logvar.exp())).mul(-0.5);
  return bce.add(kld);
}

function trainVae(model: VAE, batches: Iterable<Tensor>) {
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  let trainLoss = 0;
  for (const data of batches) {
    optimizer.zeroGrad();
    const [reconstruction, mu, logvar] = model(data);
    const loss = vaeLoss(reconstruction, data, mu, logvar);
    loss.backward();
    trainLoss += loss.item();
    optimizer.step();
  }
  return trainLoss;
}

/** The DQN tutorial's step. */
function optimizeDqn(
  policy: nn.Module,
  target: nn.Module,
  optimizer: optim.Optimizer,
  [states, actions, rewards, nextStates, isFinal]: [Tensor, Tensor, Tensor, Tensor, Tensor],
) {
  const run = (net: nn.Module, x: Tensor): Tensor => net(x);
  const values = run(policy, states).gather(1, actions);
  const nextValues = torch.zeros(states.size(0));
  torch.noGrad(() => {
    nextValues.indexPut_([isFinal.logicalNot()], run(target, nextStates).max(1).values);
  });
  const expected = nextValues.mul(0.99).add(rewards);
  const loss = new nn.SmoothL1Loss()(values, expected.unsqueeze(1));
  optimizer.zeroGrad();
  loss.backward();
  for (const param of policy.parameters()) param.grad?.clamp_(-1, 1);
  optimizer.step();
}

/** Neural style transfer's Gram matrix. */
function gramMatrix(input: Tensor): Tensor {
  const [a, b, c, d] = input.size() as [number, number, number, number];
  const features = input.view(a * b, c * d);
  const G = torch.mm(features, features.t());
  return G.div(a * b * c * d);
}

/** torchvision's box operations. */
function boxIou(boxes1: Tensor, boxes2: Tensor): Tensor {
  const area = (boxes: Tensor) => {
    const [x1, y1, x2, y2] = boxes.unbind(1) as [Tensor, Tensor, Tensor, Tensor];
    return x2.sub(x1).mul(y2.sub(y1));
  };
  const lt = torch.max(boxes1.index(':', null, ':2'), boxes2.index(':', ':2'));
  const rb = torch.min(boxes1.index(':', null, '2:'), boxes2.index(':', '2:'));
  const wh = rb.sub(lt).clamp({ min: 0 });
  const inter = wh.index('...', 0).mul(wh.index('...', 1));
  const union = area(boxes1).unsqueeze(1).add(area(boxes2)).sub(inter);
  return inter.div(union);
}

/** The Transformer tutorial's positional encoding. */
function positionalEncoding(dModel: number, maxLen = 5000): Tensor {
  const position = torch.arange(maxLen).unsqueeze(1);
  const divTerm = torch.exp(torch.arange(0, dModel, 2).mul(-Math.log(10000.0) / dModel));
  const pe = torch.zeros(maxLen, 1, dModel);
  pe[':, 0, 0::2'] = torch.sin(position.mul(divTerm));
  pe[':, 0, 1::2'] = torch.cos(position.mul(divTerm));
  return pe;
}

/** k-means, and facts of tensors as numbers, tuples and arrays. */
function kMeans(x: Tensor, k: number, steps: number): { centers: Tensor; inertia: number } {
  let centers = x.index(torch.randperm(x.size(0)).narrow(0, 0, k));
  let inertia = 0;
  for (let i = 0; i < steps; i++) {
    const distances = torch.cdist(x, centers);
    const { values, indices } = distances.min(1);
    inertia = values.square().sum().item();
    centers = torch.stack([...Array(k).keys()].map((j) => x.index(indices.eq(j)).mean(0)));
  }
  return { centers, inertia };
}

function evaluate(model: nn.Module, loader: Iterable<[Tensor, Tensor]>): [number, number[][]] {
  let correct = 0;
  let total = 0;
  const confusion: number[][] = Array.from({ length: 10 }, () => Array<number>(10).fill(0));
  torch.noGrad(() => {
    for (const [inputs, labels] of loader) {
      const outputs: Tensor = model(inputs);
      const [, predicted] = torch.max(outputs, 1);
      total += labels.size(0);
      correct += predicted.eq(labels).sum().item();
      for (const [label, guess] of torch.stack([labels, predicted], 1)) {
        const row = confusion[label?.item() ?? 0];
        const column = guess?.item() ?? 0;
        if (row) row[column] = (row[column] ?? 0) + 1;
      }
    }
  });
  return [correct / total, confusion];
}

/** Linear algebra by names and by positions. */
function leastSquares(a: Tensor, b: Tensor) {
  const { solution, residuals, rank } = torch.linalg.lstsq(a, b);
  const [Q, R] = torch.linalg.qr(a);
  const { U, S, Vh } = torch.linalg.svd(a, { fullMatrices: false });
  const { eigenvalues, eigenvectors } = torch.linalg.eigh(a.T.matmul(a));
  const { sign, logabsdet } = torch.linalg.slogdet(a.T.matmul(a));
  const { LU, pivots } = torch.linalg.luFactor(a.T.matmul(a));
  const { values, counts } = { values: torch.sort(S), counts: torch.bincount(rank) };
  const [unique, inverse, frequencies] = torch.unique(S, {
    returnInverse: true,
    returnCounts: true,
  });
  return [
    solution,
    residuals,
    Q,
    R,
    U,
    Vh,
    eigenvalues,
    eigenvectors,
    sign,
    logabsdet,
    LU,
    pivots,
    values.values,
    values.indices,
    counts,
    unique,
    inverse,
    frequencies,
  ];
}

/** What an operator gives is a number, a boolean, a tensor or a tuple, and no more than it is. */
function results(x: Tensor): void {
  const [values, indices] = x.max(1);
  const named = x.max(1).values;
  const median = x.median({ dim: 0, keepdim: true }).indices;
  const isClose: boolean = torch.allclose(x, x);
  const offset: number = x.storageOffset();
  const count: number = x.numel() + x.dim() + x.elementSize() + x.nbytes;
  const [std, mean] = torch.stdMean(x, 0);
  const [rows, columns] = torch.where(x.gt(0));
  const parts: Tensor[] = x.chunk(2);
  const tensors: Tensor[] = torch.broadcastTensors(x, x);
  const scale: number = torch.quantizePerTensor(x, 0.1, 0, torch.qint8).qScale();
  const [least, most] = torch.aminmax(x);
  const { min, max } = x.aminmax({ dim: 0 });
  const [mantissa, exponent] = torch.frexp(x);
  const { hist, binEdges } = torch.histogram(x, 4);
  const summed = torch.add(x, 1, { out: torch.empty(0) });
  const same: Tensor = x.add_(1).mul_(2).clamp_(0, 1);
  // @ts-expect-error: there are two results
  x.max(1)[2];
  // @ts-expect-error: results have the names that PyTorch gives them
  x.max(1).value;
  // @ts-expect-error: without a dimension there is one result, which is no tuple
  x.max().values.shape;
  void [values, indices, named, median, isClose, offset, count, std, mean, rows, columns, parts];
  void [tensors, scale, least, most, min, max, mantissa, exponent, hist, binEdges, summed, same];
}

/** A data set and its loader, typed by what an item is. */
class Pairs extends utils.data.Dataset<[Tensor, number]> {
  readonly length = 10;
  getItem(index: number): [Tensor, number] {
    return [torch.randn(3), index % 2];
  }
}

function trainLinear(): number[] {
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 2));
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const losses: number[] = [];
  for (const [inputs, labels] of new utils.data.DataLoader(new Pairs(), { batchSize: 2 })) {
    const loss = criterion(model(inputs), labels);
    optimizer.zeroGrad();
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 1);
    optimizer.step();
    losses.push(loss.item());
  }
  return losses;
}

export {
  boxIou,
  CausalSelfAttention,
  evaluate,
  generate,
  gramMatrix,
  kMeans,
  leastSquares,
  optimizeDqn,
  positionalEncoding,
  results,
  trainLinear,
  trainVae,
};
