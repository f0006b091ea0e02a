import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const web = fileURLToPath(new URL('../web', import.meta.url));
const uplot = dirname(createRequire(import.meta.url).resolve('uplot/dist/uPlot.esm.js'));

/** The page, and the library that draws its curves. */
export async function pageRoutes(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, { root: web, globIgnore: ['tsconfig.json'] });
  await app.register(fastifyStatic, { root: uplot, prefix: '/uplot/', decorateReply: false });
}
