/** Memory for what a service makes while it runs. */
export { allocatePages, freePages, PAGE_BYTES } from './pages';
export { Slab } from '../slab';
