/** What the types of modules must accept and refuse; `tsc` is the test. */
import torch, { nn, optim, type Tensor } from 'sconce';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function check<Condition extends true>(condition?: Condition): void {
  void condition;
}

class Net extends nn.Module {
  conv = new nn.Conv2d(1, 6, 5);
  bias: nn.Parameter | null = null;

  forward(x: Tensor, scale?: number): Tensor {
    return this.conv(x).mul(scale ?? 1);
  }
}

class Pair extends nn.Module {
  forward(x: Tensor, state: readonly [Tensor, Tensor]): { output: Tensor; state: Tensor[] } {
    return { output: x, state: [...state] };
  }
}

const x = torch.zeros(1);
const net = new Net();
const pair = new Pair();

// A call has the arguments and the result of forward.
const output = net(x);
check<Equal<typeof output, Tensor>>();
net(x, 2);
const found = pair(x, [x, x]);
check<Equal<typeof found, { output: Tensor; state: Tensor[] }>>();
// @ts-expect-error: forward takes a tensor
net(3);
// @ts-expect-error: forward takes an argument
net();
// @ts-expect-error: scale is a number
net(x, 'two');
// @ts-expect-error: the state has two tensors
pair(x, [x]);

// Every module is a Module, and only modules are.
const modules: nn.Module[] = [net, pair, new nn.Linear(1, 1), new nn.Sequential()];
modules[0]?.(x);
// @ts-expect-error: a class is not a module
const wrong: nn.Module = nn.Linear;
void wrong;

// A field that a function has as well is the user's.
class Named extends nn.Module {
  override name = 'net';
  call = new nn.Linear(1, 1);
}
check<Equal<Named['call'], nn.Linear>>();

// Members are typed, and methods return the class.
check<Equal<ReturnType<Net['train']>, Net>>();
const moved = new Net().to('cuda', torch.float64).eval().requiresGrad_(false);
check<Equal<typeof moved, Net>>();
net.to(torch.float64, true);
net.to(x, { nonBlocking: true });
net.to({ device: 'cpu', memoryFormat: torch.channelsLast });
// @ts-expect-error: a dtype is no string
net.to({ dtype: 'float32' });
// @ts-expect-error: an unknown option
net.to({ non_blocking: true });
// @ts-expect-error: recurse is a boolean
net.parameters('all');
// @ts-expect-error: Python's name
net.zero_grad();

const parameters: nn.Parameter[] = [...net.parameters()];
const named: Record<string, nn.Parameter> = Object.fromEntries(net.namedParameters());
void parameters;
void named;
new optim.SGD(net.parameters(), { lr: 0.1 });

// Hooks know their module.
net.registerForwardHook((module, _args, result: Tensor) => {
  check<Equal<typeof module, Net>>();
  return result;
});

// Containers know their elements.
const list = new nn.ModuleList([new nn.Linear(1, 2), new nn.Linear(2, 3)]);
for (const linear of list) check<Equal<typeof linear, nn.Linear>>();
check<Equal<ReturnType<typeof list.at>, nn.Linear>>();
list[0] = new nn.Linear(3, 4);
// @ts-expect-error: a list of Linear
list.append(new nn.ReLU());

const dict = new nn.ModuleDict({ conv: new nn.Conv2d(1, 1, 1), pool: new nn.MaxPool2d(2) });
check<Equal<typeof dict.conv, nn.Conv2d>>();
const choice = 'pool' as 'conv' | 'pool';
check<Equal<ReturnType<(typeof dict)[typeof choice]>, Tensor>>();
dict[choice](x);
// @ts-expect-error: no such module
dict.norm;
const loose = new nn.ModuleDict();
const any: nn.Module | undefined = loose['any' as string];
void any;

const sequential = new nn.Sequential(new nn.Linear(1, 1), new nn.ReLU());
const result = sequential(x);
check<Equal<typeof result, Tensor>>();
const classifier: nn.Module = sequential[0] as nn.Linear;
void classifier;
new nn.Sequential({ a: new nn.ReLU() });
// @ts-expect-error: an array is spread
new nn.Sequential([new nn.ReLU()]);
// @ts-expect-error: a class is not a module
new nn.Sequential(nn.ReLU);

const weights = new nn.ParameterDict({ left: torch.zeros(1), count: 3 });
check<Equal<typeof weights.left, nn.Parameter>>();
check<Equal<typeof weights.count, number>>();
const bias: nn.Parameter | undefined = new nn.ParameterList([torch.zeros(1)])[0];
void bias;

/** A model may be typed by what it does. */
export function evaluate(model: (x: Tensor) => Tensor): Tensor {
  return model(x);
}
evaluate(net);
evaluate(sequential);
// @ts-expect-error: it takes two arguments
evaluate(pair);
