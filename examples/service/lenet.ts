import { nn, type Tensor } from 'sconce';

/** The network of `examples/mnist.ts`. */
export class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 4 * 4, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);

  forward(x: Tensor) {
    x = this.pool(nn.functional.relu(this.conv1(x))); // [N, 6, 12, 12]
    x = this.pool(nn.functional.relu(this.conv2(x))); // [N, 16, 4, 4]
    x = x.view(-1, 16 * 4 * 4);
    x = nn.functional.relu(this.fc1(x));
    x = nn.functional.relu(this.fc2(x));
    return this.fc3(x); // [N, 10]
  }
}
