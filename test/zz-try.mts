import { publicSurface } from './_helpers/public-surface.js';
const t0 = performance.now();
const all = publicSurface('/work/main');
console.log(all.length, all.filter(a=>!a.isMember).length, performance.now()-t0);
for (const d of all) {
  const lacks: string[] = [];
  if (d.summary==='') lacks.push('summary');
  if (!d.isMember) {
  if (!(d.tags.has('example'))) lacks.push('example');
  if (!d.tags.get('see')?.includes('pytorch.org')) lacks.push('see');
  }
  if (lacks.length) console.log(d.file, d.name, lacks.join(' '));
}
