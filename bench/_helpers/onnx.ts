import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './paths.js';

const VERSION = '1.30.0';
const folder = join(root, '.bench', 'onnxruntime');

/** Installs onnxruntime-node, whose CPU binaries are in its package, and exports LeNet for it. */
function prepare(interpreter: string): { module: string; model: string } {
  const module = join(folder, 'node_modules', 'onnxruntime-node', 'dist', 'index.js');
  const model = join(folder, 'lenet.onnx');
  if (!existsSync(module)) {
    console.log('Installing onnxruntime-node into .bench/onnxruntime');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', `onnxruntime-node@${VERSION}`], {
      cwd: folder,
      // Its install script would fetch CUDA libraries.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const script = join(root, 'bench', 'python', 'lenet_onnx.py');
  execFileSync(interpreter, [script, model], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { module, model };
}

/** A server that answers as the service example does, by onnxruntime-node. */
export interface OnnxServer extends AsyncDisposable {
  url: string;
}

/** Starts one, in plain Node; undefined, with the reason printed, where it cannot be had. */
export async function startOnnxServer(interpreter: string): Promise<OnnxServer | undefined> {
  let prepared: ReturnType<typeof prepare>;
  try {
    prepared = prepare(interpreter);
  } catch (error) {
    console.log(`without onnxruntime-node: ${(error as Error).message}`);
    return undefined;
  }
  const script = join(root, '.bench', 'javascript', 'typescript', 'onnx-server.js');
  const child = spawn(process.execPath, [script, prepared.module, prepared.model], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'exit');
    },
  };
}
