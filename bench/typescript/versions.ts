import torch from 'sconce';
import { serve } from '../_helpers/serve.js';

await serve({ versions: () => ({ 'libtorch of sconce': torch.version.torch }) });
