/** The services that the kernel is itself: they are numbered behind those inside. */
import { SERVICES } from 'stubs/inside';

export const NAMES: u32 = SERVICES;
export const PROCESS: u32 = SERVICES + 1;
export const NAMES_PATH: string = '/svc/names';
export const PROCESS_PATH: string = '/svc/process';
/** What programs read from and write to unless they are told otherwise. */
export const CONSOLE_PATH: string = '/svc/console';
