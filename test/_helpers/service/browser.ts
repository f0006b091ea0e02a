import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';

/** A real Chromium, from the npm package that carries one, and a way to end it. */
export interface RunningBrowser {
  browser: Browser;
  close(): Promise<void>;
}

/** The package unpacks the system libraries that it brings along only where it takes this for a Lambda. */
const LAMBDA = 'nodejs22.x';

/** Unpacks the browser into a folder, and tells how it is started. */
async function unpack(folder: string) {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  process.env.AWS_LAMBDA_JS_RUNTIME = LAMBDA;
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    return { executablePath: await chromium.executablePath(), args: chromium.args };
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    delete process.env.AWS_LAMBDA_JS_RUNTIME;
  }
}

/**
 * Starts Chromium.
 *
 * @throws Error that says why none could be started: the tests that need one then fail.
 */
export async function startBrowser(): Promise<RunningBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'sconce-browser-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const { executablePath, args } = await unpack(folder);
    const env: Record<string, string | undefined> = {
      ...process.env,
      // uPlot formats numbers by the browser's language, which must be one.
      LANG: 'en_US.UTF-8',
      LC_ALL: 'en_US.UTF-8',
      LANGUAGE: 'en_US',
      FONTCONFIG_PATH: join(folder, 'fonts'),
    };
    const browser = await launch({
      executablePath,
      args: [...args.filter((flag) => flag !== '--single-process'), '--no-sandbox'],
      headless: 'shell',
      env,
      userDataDir: join(folder, 'profile'),
    });
    const close = async () => {
      await browser.close();
      remove();
    };
    return { browser, close };
  } catch (cause) {
    remove();
    throw new Error(
      'no browser could be started, and so the page was NOT tested. Chromium comes from the npm ' +
        `package @sparticuz/chromium, for Linux x64: ${(cause as Error).message}`,
      { cause },
    );
  }
}
