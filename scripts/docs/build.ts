/**
 * Makes the API reference from the sources: `npm run docs`, or this with a folder. Whatever TypeDoc
 * warns of, a link that leads nowhere or a type that has no page say, is an error.
 */
import { join, resolve } from 'node:path';
import { Application, OptionDefaults } from 'typedoc';
import { resolveFullNames } from './links.js';
import { leaveOut } from './members.js';
import { modules, nameModules, root } from './modules.js';
import { readSignatures } from './signatures.js';
import { inlineUnexported } from './unexported.js';

const out = resolve(process.argv[2] ?? join(root, 'build/docs'));

const app = await Application.bootstrap({
  name: 'sconce',
  entryPoints: Object.keys(modules).map((file) => join(root, file)),
  sortEntryPoints: false,
  tsconfig: join(root, 'tsconfig.build.json'),
  basePath: root,
  // The project's own compiler checks the types.
  skipErrorChecking: true,
  excludeInternal: true,
  disableSources: true,
  readme: join(root, 'scripts/docs/index.md'),
  projectDocuments: [join(root, 'docs/*.md')],
  blockTags: [...OptionDefaults.blockTags, '@options'],
  intentionallyNotExported: [
    // What `torch` is made of is shown on its page.
    'lib/torch.ts:members',
    'lib/generated/functions.ts:TorchFunctions',
    // Types that other types are computed with.
    'lib/options.ts:Call',
    'lib/autograd/functional-support.ts:Same',
    'lib/nn/modules/parameter-container.ts:Kept',
    'lib/utils/data/dataset.ts:Sample',
    // Classes that users are handed, and do not name.
    'lib/utils/data/dataloader.ts:Loader',
    'lib/nn/modules/parameter-container.ts:ParameterDictionary',
    'lib/pickle/counter.ts:Counter',
    'lib/nn/modules/batchnorm.ts:NormBase',
    'lib/lobpcg/worker.ts:LOBPCG',
    'lib/vision/models/resnet.ts:Layer',
    'lib/nn/modules/linear.ts:NonDynamicallyQuantizableLinear',
  ],
  highlightLanguages: ['typescript', 'javascript', 'python', 'shellscript', 'docker', 'dockerfile'],
  navigationLinks: { PyTorch: 'https://pytorch.org/docs/stable/' },
  hideGenerator: true,
  kindSortOrder: [
    'Document',
    'Module',
    'Namespace',
    'Class',
    'Function',
    'Variable',
    'Interface',
    'TypeAlias',
    'Reference',
  ],
  groupOrder: ['Documents', 'Modules', 'Namespaces', 'Classes', 'Functions', '*'],
});
nameModules(app);
readSignatures(app);
leaveOut(app);
inlineUnexported(app);
resolveFullNames(app);

const project = await app.convert();
if (!project) throw new Error('TypeDoc converted nothing');
app.validate(project);
await app.generateDocs(project, out);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
