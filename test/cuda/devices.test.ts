import torch, { nn, utils } from 'sconce';
import { gpu, python } from './_gpu.js';

gpu("a GPU's properties are those that Python tells", (t) => {
  const theirs = python<Record<string, string | number>>(`
p = torch.cuda.get_device_properties(0)
names = ['name', 'major', 'minor', 'total_memory', 'multi_processor_count', 'is_integrated',
         'is_multi_gpu_board', 'max_threads_per_multi_processor', 'warp_size',
         'regs_per_multiprocessor', 'shared_memory_per_block', 'shared_memory_per_block_optin',
         'shared_memory_per_multiprocessor', 'L2_cache_size', 'pci_bus_id', 'pci_device_id',
         'pci_domain_id']
print(json.dumps({**{n: getattr(p, n) for n in names if hasattr(p, n)}, 'uuid': str(p.uuid)}))`);
  const ours = torch.cuda.getDeviceProperties(0) as unknown as Record<string, string | number>;
  for (const [name, value] of Object.entries(theirs)) {
    const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    t.is(ours[camel], value, name);
  }
  t.is(torch.cuda.getDeviceName(), theirs.name as string);
  t.deepEqual(torch.cuda.getDeviceCapability('cuda:0'), [theirs.major, theirs.minor]);
  t.deepEqual(
    torch.cuda.getArchList(),
    python<string[]>('print(json.dumps(torch.cuda.get_arch_list()))'),
  );
});

gpu('the device in use, and guards', (t) => {
  t.is(torch.cuda.currentDevice(), 0);
  t.true(torch.cuda.isInitialized());
  t.is(
    torch.cuda.device(0, () => torch.cuda.currentDevice()),
    0,
  );
  t.is(torch.zeros(1, { device: 'cuda' }).device, torch.device('cuda:0'));
  t.is(torch.device('cuda', () => torch.zeros(1)).device.type, 'cuda');
  t.is(torch.zeros(1).device.type, 'cpu');
  t.throws(() => torch.zeros(1, { device: 'cuda:99' }), { code: 'ERR_DEVICE' });
  t.throws(() => torch.cuda.getDeviceProperties(99), { code: 'ERR_DEVICE' });
  t.is(torch.accelerator.currentAccelerator()?.type, 'cuda');
  t.is(torch.accelerator.deviceCount(), torch.cuda.deviceCount());
  t.is(torch.accelerator.currentDeviceIndex(), 0);
});

gpu('tensors and modules move, and print as in Python', (t) => {
  const x = torch.arange(4, { dtype: torch.float32 }).view(2, 2);
  const moved = x.to('cuda', { nonBlocking: true });
  t.deepEqual(moved.tolist(), [
    [0, 1],
    [2, 3],
  ]);
  t.deepEqual([...moved.toTypedArray()], [0, 1, 2, 3]);
  t.is(String(moved), "tensor([[0., 1.],\n        [2., 3.]], device='cuda:0')");
  const model = new nn.Linear(2, 2).cuda();
  t.true([...model.parameters()].every((parameter) => parameter.isCuda));
  t.true(model(moved).isCuda);
  t.true(moved.cpu().equal(x));
});

gpu('page-locked memory', (t) => {
  const pinned = torch.ones(1000).pinMemory();
  t.true(pinned.isPinned());
  t.false(torch.ones(2).isPinned());
  t.true(torch.empty(3, { pinMemory: true }).isPinned());
  const loader = new utils.data.DataLoader(new utils.data.TensorDataset(torch.ones(4, 2)), {
    batchSize: 2,
    pinMemory: true,
  });
  for (const [batch] of loader) t.true(batch?.isPinned());
});

gpu('sensors answer within reason', (t) => {
  t.true(torch.cuda.temperature() > 5 && torch.cuda.temperature() < 120);
  t.true(torch.cuda.deviceMemoryUsed() > 0);
  t.true(torch.cuda.utilization() <= 100);
  t.regex(torch.cuda.listGpuProcesses(), /^GPU:0\n/);
});

gpu('switches reach libtorch: TensorFloat32 is less exact than float32', (t) => {
  const { matmul } = torch.backends.cuda;
  if (!torch.cuda.isTf32Supported()) return t.pass();
  const a = torch.randn(256, 256, { device: 'cuda' });
  const exact = a.double().mm(a.double());
  const error = () => a.mm(a).double().sub(exact).abs().max().item();
  matmul.allowTf32 = false;
  const strict = error();
  matmul.allowTf32 = true;
  const loose = error();
  matmul.allowTf32 = false;
  t.true(strict < 1e-3 && loose > 3 * strict, `${strict} ${loose}`);
  t.true((torch.backends.cudnn.version() ?? 0) > 8000);
});
