import { nn, type Tensor } from 'sconce';

/** The network of the benchmarks; `bench/python/lenet.py` is the same. */
export class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 4 * 4, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);

  override forward(x: Tensor): Tensor {
    x = this.pool(nn.functional.relu(this.conv1(x)));
    x = this.pool(nn.functional.relu(this.conv2(x)));
    x = x.view(-1, 16 * 4 * 4);
    x = nn.functional.relu(this.fc1(x));
    x = nn.functional.relu(this.fc2(x));
    return this.fc3(x);
  }
}
