// The service example's /api/predict by onnxruntime-node, as its documentation shows it: a session
// in the server's thread, and a run for each request.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import Fastify from 'fastify';

interface OnnxTensor {
  data: Float32Array;
}
interface OnnxRuntime {
  Tensor: new (type: string, data: Float32Array, shape: number[]) => OnnxTensor;
  InferenceSession: {
    create(
      path: string,
      options: { intraOpNumThreads: number },
    ): Promise<{ run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>> }>;
  };
}

const [module, model] = process.argv.slice(2) as [string, string];
const { default: onnx }: { default: OnnxRuntime } = await import(pathToFileURL(module).href);
const session = await onnx.InferenceSession.create(model, { intraOpNumThreads: 1 });
const delay = monitorEventLoopDelay({ resolution: 2 });
delay.enable();

const app = Fastify();
app.addContentTypeParser(
  'application/octet-stream',
  { parseAs: 'buffer' },
  (_request, body, done) => done(null, body),
);
app.post('/api/predict', async (request) => {
  const pixels = Float32Array.from(request.body as Buffer, (byte) => (byte / 255 - 0.5) / 0.5);
  const images = new onnx.Tensor('float32', pixels, [1, 1, 28, 28]);
  const { scores } = await session.run({ images });
  const exponents = Array.from((scores as OnnxTensor).data, Math.exp);
  const sum = exponents.reduce((total, value) => total + value, 0);
  const probabilities = exponents.map((value) => value / sum);
  return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities };
});
/** The event loop's delay since the last time it was asked for. */
app.get('/delay', async () => {
  const p99 = delay.percentile(99) / 1e6;
  delay.reset();
  return { p99 };
});
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
