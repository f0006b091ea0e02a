import torch, { nn, type Tensor } from 'sconce';

// Compiled, never run: what the types of the layers accept, give and refuse.
const x = torch.randn(1, 1, 4, 4);

export const pooled: Tensor = new nn.MaxPool2d(2, 2)(x);
export const pooledByName: Tensor = new nn.MaxPool2d(2, { stride: [1, 2] })(x);
export const withIndices: [Tensor, Tensor] = new nn.MaxPool2d(2, { returnIndices: true })(x);
export const byPosition: [Tensor, Tensor] = new nn.MaxPool2d(2, 2, 0, 1, true)(x);
export const adaptive: [Tensor, Tensor] = new nn.AdaptiveMaxPool2d([null, 2], true)(x);
export const fromFunction: Tensor = nn.functional.maxPool2d(x, [2, 2]);
export const bothFromFunction: [Tensor, Tensor] = nn.functional.maxPool2d(x, 2, {
  returnIndices: true,
});
// @ts-expect-error without returnIndices there is one result
export const notBoth: [Tensor, Tensor] = nn.functional.adaptiveMaxPool2d(x, 2);

new nn.Conv2d(1, 6, 5, { padding: 'same', dtype: torch.float64, device: 'cpu' });
new nn.Conv2d(1, 6, [5, 3], 1, [0, 1]);
// @ts-expect-error three sizes for two dimensions
new nn.Conv2d(1, 6, [5, 3, 1]);
// @ts-expect-error a Python name
new nn.Conv2d(1, 6, 5, { padding_mode: 'zeros' });
// @ts-expect-error no such mode
new nn.Conv2d(1, 6, 5, { paddingMode: 'mirror' });
// @ts-expect-error a missing argument
new nn.Linear(1);
// @ts-expect-error no such reduction
new nn.MSELoss({ reduction: 'average' });
// @ts-expect-error batchmean is the divergence's alone
new nn.CrossEntropyLoss({ reduction: 'batchmean' });
new nn.KLDivLoss({ reduction: 'batchmean' });
// @ts-expect-error two inputs
new nn.Bilinear(1, 1, 1)(x);
// @ts-expect-error a number is no tensor
new nn.ReLU()(1);

export class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  norm = new nn.BatchNorm2d(6);
  fc1 = new nn.Linear(6 * 12 * 12, 10);

  override forward(input: Tensor) {
    const features = this.pool(nn.functional.relu(this.norm(this.conv1(input))));
    return nn.functional.logSoftmax(this.fc1(features.view(-1, 6 * 12 * 12)), 1);
  }
}
export const logits: Tensor = new LeNet()(x);
