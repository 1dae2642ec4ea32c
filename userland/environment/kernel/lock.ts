/** Keeps the callers of a service apart: they sleep until it is their turn. */
export { Lock } from '../../../kernels/inside/lock';
