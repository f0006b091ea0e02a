import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What one of the sanitizers found. */
export interface Finding {
  /** What it calls it: `heap-use-after-free`, `runtime error: ...`, `leak`. */
  kind: string;
  /** The report, or as much of it as tells where. */
  text: string;
}

/** Frames of our own code, as the sanitizers write them. */
const OURS = /binding\/src\/|libsconce-|sconce\.node/;
const MOST_LINES = 60;

/** Without the frames of Node and V8 that called ours, and what differs from run to run. */
function shorten(text: string): string {
  const lines = text
    .trim()
    .split('\n')
    .filter((line) => !/^\s+#\d+ .*(?:\/node\+0x|<unknown module>)/.test(line))
    .map((line) => line.replace(/ 0x[0-9a-f]+ in /, ' '));
  return lines.slice(0, MOST_LINES).join('\n');
}

/** Findings of the same words are one, wherever their addresses and numbers lie. */
const identity = (text: string) => text.replace(/0x[0-9a-f]+|\b\d+ (?=byte|object)|==\d+==/g, '');

/** Errors of memory: a process dies of one, wherever it came to pass. */
function memoryErrors(report: string): Finding[] {
  const found = /ERROR: AddressSanitizer: ?([\w-]+)[\s\S]*/.exec(report);
  return found ? [{ kind: found[1] as string, text: shorten(found[0]) }] : [];
}

function undefinedBehaviour(report: string): Finding[] {
  const found = report.matchAll(/^\S+: (runtime error: .*)\n(?:\s+#\d+ .*\n?)*/gm);
  return [...found].map(([text, kind]) => ({ kind: kind as string, text: shorten(text) }));
}

/** What Node gives V8's collector to free, which no longer runs when a process ends. */
const COLLECTED = / in napi_create_external /;

/**
 * Memory that nothing points to when a process ends. Node and libtorch leave much, and V8's heap is
 * no place where pointers are looked for: only what our own code allocated counts.
 */
function leaks(report: string): Finding[] {
  const found = report.matchAll(/^(?:Direct|Indirect) leak of .*\n(?:\s+#\d+ .*\n?)*/gm);
  return [...found]
    .filter(([text]) => OURS.test(text) && !COLLECTED.test(text))
    .map(([text]) => ({ kind: 'leak', text: shorten(text) }));
}

/** A folder in which each process leaves what the sanitizers said of it. */
export class Reports {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }

  /** Where the sanitizers write; they add the number of the process. */
  get path(): string {
    return join(this.#folder, 'process');
  }

  /** What was found, each thing once. */
  read(): Finding[] {
    const findings = new Map<string, Finding>();
    for (const name of readdirSync(this.#folder)) {
      const report = readFileSync(join(this.#folder, name), 'utf8');
      for (const read of [memoryErrors, undefinedBehaviour, leaks]) {
        for (const { kind, text } of read(report)) {
          findings.set(identity(text), { kind, text });
        }
      }
    }
    return [...findings.values()];
  }
}
