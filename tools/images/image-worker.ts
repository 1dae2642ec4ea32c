/** The process that compiles images. Its working directory is the repository. */
import { compileImage } from './compile-image.ts';
import { serveJobs } from './serve-jobs.ts';

serveJobs((job) => {
  if (job.kind !== 'image') throw new TypeError(`this process makes images, not ${job.kind}`);
  return compileImage(process.cwd(), job.image);
});
