#!/usr/bin/env node
// The `vitrine` command. The command itself is TypeScript, bundled into dist/; this file checks that
// Node is new enough, renews the bundle when a source has changed since, and hands over. It is plain
// JavaScript that old versions of Node can parse, so that they reach the message about their age.
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 19];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'dist', 'vitrine.mjs');

function nodeIsTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

/**
 * Whether every source that went into the bundle is as it was: `dist/inputs.json` holds the size and
 * time of change of each. A missing or unreadable record counts as stale.
 */
function bundleIsFresh() {
  try {
    const inputs = JSON.parse(readFileSync(join(root, 'dist', 'inputs.json'), 'utf8'));
    return inputs.every(({ path, size, mtimeMs }) => {
      const now = statSync(join(root, path));
      return now.size === size && now.mtimeMs === mtimeMs;
    });
  } catch {
    return false;
  }
}

/** Why there is no bundle. */
function reasonOf(error) {
  if (error.code === 'ERR_MODULE_NOT_FOUND') {
    return `its packages are not installed: run \`npm ci\` in ${root}`;
  }
  if (error.syscall !== undefined && error.path !== undefined) {
    return `${error.path} cannot be written (${error.code})`;
  }
  return `its own sources do not compile: ${String(error.message).trim()}`;
}

/** One line for the person; the stack for whoever asks with VITRINE_DEBUG=1. */
function fail(message, error) {
  process.stderr.write(`vitrine: ${message}\n`);
  if (process.env.VITRINE_DEBUG === '1' && error !== undefined) console.error(error);
  process.exit(1);
}

if (nodeIsTooOld()) {
  fail(
    `needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}: see https://nodejs.org`,
  );
}
if (!bundleIsFresh()) {
  try {
    const { bundleAll } = await import(pathToFileURL(join(root, 'esbuild.config.mjs')).href);
    await bundleAll();
  } catch (error) {
    fail(`cannot start, ${reasonOf(error)}`, error);
  }
}
await import(pathToFileURL(bundle).href);
