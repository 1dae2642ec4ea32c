import { serveJobs } from './serve-jobs.ts';
serveJobs(() => Promise.resolve({ kind: 'failed', message: 'not yet' }));
