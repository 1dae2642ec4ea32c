/** The service whose code runs: whom the environment is asked by. */
import { Service } from '../../../kernels/inside/service';
import { runningService } from '../../../kernels/inside/service-context';

export function self(): Service {
  return changetype<Service>(runningService());
}
