/** The documentation shows the rules as they are. `vitest run tools/dialect -u` writes it anew. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withReference } from './reference.ts';

const PAGE = fileURLToPath(new URL('../../docs/writing-target-code.md', import.meta.url));

it('docs/writing-target-code.md has every rule with its example', async () => {
  await expect(withReference(readFileSync(PAGE, 'utf8'))).toMatchFileSnapshot(PAGE);
});
