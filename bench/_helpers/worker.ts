import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './paths.js';

/** A process that makes measurements, ours or Python's, one at a time. */
export class Worker implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  private constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
  ) {
    this.#child = spawn(command, args, { cwd: root });
    this.#child.stderr.on('data', (data) => {
      this.#errors += data;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  static async #start(name: string, command: string, args: readonly string[]): Promise<Worker> {
    const worker = new Worker(name, command, args);
    await worker.#answer();
    return worker;
  }

  /** Starts `bench/typescript/SCRIPT.ts`, which `compileWorkers` has compiled, in plain Node. */
  static ours(script: string, ...args: string[]): Promise<Worker> {
    const file = join(root, '.bench', 'javascript', 'typescript', `${script}.js`);
    return Worker.#start(`sconce ${script}`, process.execPath, [file, ...args]);
  }

  /** Starts `bench/python/SCRIPT.py`. */
  static python(interpreter: string, script: string, ...args: string[]): Promise<Worker> {
    const file = join(root, 'bench', 'python', `${script}.py`);
    return Worker.#start(`python ${script}`, interpreter, [file, ...args]);
  }

  async #answer(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended early:\n${this.#errors.trim()}`);
    return JSON.parse(value);
  }

  /** Runs a task in the process, and returns its answer. */
  ask<Answer = number>(task: string): Promise<Answer> {
    this.#child.stdin.write(`${task}\n`);
    return this.#answer() as Promise<Answer>;
  }

  /** The highest resident set size of the process so far, in MB. */
  peak(): Promise<number> {
    return this.ask('peak');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await closed;
  }
}
