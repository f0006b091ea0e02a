import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import test from 'ava';
import torch, { type DType, type Tensor } from 'sconce';
import { transforms } from 'sconce/vision';

const { Compose, Lambda, Normalize, ToTensor, Transform } = transforms;

const golden = JSON.parse(readFileSync(new URL('../golden/data.json', import.meta.url), 'utf8'));

const bytes = (...shape: number[]) => torch.randint(256, shape, { dtype: torch.uint8 });
const sha256 = (tensor: Tensor) =>
  createHash('sha256')
    .update(tensor.toTypedArray() as Float32Array)
    .digest('hex');

test('a colour image is scaled and normalised as by torchvision, to the last bit', (t) => {
  const { scaled, normalized, mean, std } = golden.colour;
  torch.manualSeed(golden.seed);
  const image = bytes(5, 4, 3);
  const tensor = new ToTensor()(image);
  t.deepEqual(tensor.shape, [3, 5, 4]);
  t.is(sha256(tensor), scaled);
  t.is(sha256(new Normalize(mean, std)(tensor)), normalized);
  t.is(sha256(tensor), scaled, 'and not in place');
  t.is(sha256(transforms.functional.normalize(tensor, mean, std)), normalized);
  transforms.functional.normalize(tensor, mean, std, { inplace: true });
  t.is(sha256(tensor), normalized);
});

test('ToTensor scales bytes and leaves other dtypes', (t) => {
  const grey = new ToTensor()(torch.tensor(new Uint8Array([0, 51, 255])).view(1, 3));
  t.deepEqual(grey.shape, [1, 1, 3]);
  t.deepEqual(grey.tolist(), [[[0, Math.fround(0.2), 1]]]);
  t.deepEqual(transforms.functional.toTensor(torch.tensor([[2, 4]])).tolist(), [[[2, 4]]]);
  t.is(new ToTensor()(torch.zeros(2, 3, 4)).shape.join(), '4,2,3');
});

test('a transform is a function and an object of its class', (t) => {
  const scale = new ToTensor();
  t.is(typeof scale, 'function');
  t.true(scale instanceof ToTensor);
  t.true(scale instanceof Transform);
  const image: Tensor = scale(bytes(2, 2));
  t.deepEqual(image.shape, [1, 2, 2]);
});

test('transforms print as torchvision’s', (t) => {
  const transform = new Compose([
    new ToTensor(),
    new Normalize([0.5], [0.5]),
    new Lambda((image) => image),
  ]);
  t.is(
    String(transform),
    'Compose(\n    ToTensor()\n    Normalize(mean=(0.5,), std=(0.5,))\n    Lambda()\n)',
  );
  t.is(inspect(transform), String(transform));
});

for (const shape of [
  [3, 4, 5],
  [3, 4, 5, 2],
]) {
  test(`a batch of images is transformed as each image: [${shape}]`, (t) => {
    const channels = shape[3] ?? 1;
    const transform = new Compose([
      new ToTensor(),
      new Normalize(Array(channels).fill(0.1307), Array(channels).fill(0.3081)),
    ]);
    const images = bytes(...shape);
    const each = torch.stack([...images].map((image) => transform(image)));
    t.true(torch.equal(transform.batch(images) as Tensor, each));
  });
}

test('a composition changes neither its input nor what a function gave it', (t) => {
  const normalize = new Normalize([0.5], [0.5]);
  const image = torch.ones(1, 2, 2);
  new Compose([new ToTensor(), normalize])(image.select(0, 0));
  new Compose([normalize, normalize])(image);
  const kept = torch.ones(1, 2, 2);
  new Compose([new ToTensor(), () => kept, normalize])(bytes(2, 2));
  t.deepEqual(
    [image, kept].map((x) => x.min().item()),
    [1, 1],
  );
});

test('a composition works on batches only where all its parts do', (t) => {
  const images = bytes(2, 3, 3);
  const half = (image: Tensor) => image.div(2);
  t.is(new Compose([new ToTensor(), half]).batch(images), undefined);
  t.is(new Compose([new Lambda(half)]).batch(images), undefined);
  const nested = new Compose([new ToTensor(), new Compose([half])]);
  t.is(nested.batch(images), undefined);
  const both = Object.assign(half, { batch: half });
  t.deepEqual(new Compose([new ToTensor(), both]).batch(images)?.shape, [2, 1, 3, 3]);
});

test('a subclass that overrides forward alone is not asked for batches', (t) => {
  class Inverted extends ToTensor {
    override forward(image: Tensor): Tensor {
      return super.forward(image).neg().add(1);
    }
  }
  const transform = new Compose([new Inverted()]);
  t.is(transform.batch(bytes(2, 3, 3)), undefined);
  const white = torch.full([1, 1], 255, { dtype: torch.uint8 });
  t.is(transform(white).item(), 0);
});

test('Normalize follows the dtype of its images', (t) => {
  const normalize = new Normalize([0.5], [0.25]);
  const ones = (dtype: DType) => torch.ones([1, 1, 1], { dtype });
  t.is(normalize(ones(torch.float32)).dtype, torch.float32);
  t.is(normalize(ones(torch.float64)).dtype, torch.float64);
  t.is(normalize(ones(torch.float32)).item(), 2);
  t.is(new Normalize(0.5, 0.25)(ones(torch.float32)).item(), 2);
});

test('bad images and bad constants are refused', (t) => {
  const { ValueError } = torch;
  const image = torch.rand(1, 2, 2);
  t.throws(() => new ToTensor()(torch.zeros(3)), { instanceOf: ValueError, message: /2 or 3/ });
  t.throws(() => new ToTensor()([[1]] as never), { instanceOf: TypeError });
  t.throws(() => new Normalize([0.5], [0])(image), { instanceOf: ValueError, message: /zero/ });
  t.throws(() => new Normalize([0.5], [0.5])(torch.rand(2, 2)), { instanceOf: ValueError });
  t.throws(() => new Normalize([0.5], [0.5])(bytes(1, 2, 2)), { message: /ToTensor first/ });
  t.throws(() => new Normalize([0.5, 0.5], [0.5, 0.5, 0.5])(image), {
    instanceOf: torch.TorchError,
  });
  t.throws(() => new Compose([ToTensor.prototype as never]), { message: /forget `new`/ });
  t.throws(() => new Lambda(3 as never), { instanceOf: TypeError });
  t.throws(() => new Normalize([1], [1], { in_place: true } as never), { message: /`inplace`/ });
});
