/** How the threads of callers share what a service has. */
export { Condition } from '../../../kernels/inside/condition';
export { Lock } from '../../../kernels/inside/lock';
export { SleepLock } from '../../../kernels/inside/sleep-lock';
