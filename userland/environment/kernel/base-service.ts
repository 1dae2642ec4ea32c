/** What every service does for the base protocol: the same in the kernel, where a crash is the kernel's. */
export { dispatchBase } from '../user/base-service';
